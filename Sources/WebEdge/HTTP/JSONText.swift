import ChatProtocol
import NIOCore

/// JSON, written like the text it becomes: each value stands in it quoted and escaped, and `nil` as `null`.
struct JSONText: ExpressibleByStringInterpolation {
    let bytes: ByteBuffer

    init(stringLiteral text: String) { bytes = ByteBuffer(string: text) }
    init(stringInterpolation text: StringInterpolation) { bytes = text.bytes }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes = ByteBuffer()

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { bytes.writeString(literal) }
        mutating func appendInterpolation(_ value: String?) { append(value) { $0.writeJSON($1) } }
        mutating func appendInterpolation(_ value: Bool?) { append(value) { $0.writeJSON($1) } }
        mutating func appendInterpolation(_ value: (some FixedWidthInteger)?) { append(value) { $0.writeJSON($1) } }
        mutating func appendInterpolation(_ json: JSONText) { bytes.writeImmutableBuffer(json.bytes) }

        mutating func appendInterpolation(_ array: [JSONText]) {
            bytes.writeJSON(array: array) { $0.writeImmutableBuffer($1.bytes) }
        }

        /// - Parameter members: each with its name and a colon.
        mutating func appendInterpolation(object members: [JSONText]) {
            appendLiteral("{")
            for (index, member) in members.enumerated() {
                if index > 0 { appendLiteral(",") }
                appendInterpolation(member)
            }
            appendLiteral("}")
        }

        /// Eight hexadecimal digits in quotes. Comparing four of them is enough by eye.
        mutating func appendInterpolation(hash: UInt32?) {
            appendInterpolation(
                hash.map {
                    let digits = String($0, radix: 16)
                    return String(repeating: "0", count: 8 - digits.count) + digits
                })
        }

        mutating func appendInterpolation(milliseconds duration: Duration?) {
            appendInterpolation(thousandths: duration.map { $0 / .milliseconds(1) })
        }

        /// JSON has no infinity or NaN.
        mutating func appendInterpolation(thousandths number: Double?) {
            guard let number, number.isFinite, abs(number) < 1e12 else { return appendLiteral("null") }
            bytes.writeJSON(token: "\((number * 1000).rounded() / 1000)")
        }

        private mutating func append<Value>(_ value: Value?, _ write: (inout ByteBuffer, Value) -> Void) {
            if let value { write(&bytes, value) } else { appendLiteral("null") }
        }
    }
}
