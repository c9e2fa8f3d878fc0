/// A JSON number as written. JSON does not limit its size: a value that does not fit is `nil` and never traps.
package struct JSONNumber: Hashable, Sendable {
    package let token: String

    /// The value, if it was written as an integer that fits.
    package var int64: Int64? { Int64(token) }

    /// The nearest value, if finite.
    package var double: Double? { Double(token).flatMap { $0.isFinite ? $0 : nil } }
}
