internal import CHiredis
internal import NIOCore

/// The purpose of a command: the label `operation` of the Redis metrics. The user of the client adds its own.
package struct RedisOperation: Hashable, Sendable {
    package static var setup: RedisOperation { RedisOperation(0, "setup") }
    package static var ping: RedisOperation { RedisOperation(1, "ping") }
    package static var subscribe: RedisOperation { RedisOperation(2, "subscribe") }
    package static var unsubscribe: RedisOperation { RedisOperation(3, "unsubscribe") }
    package static var ofClient: [RedisOperation] { [setup, ping, subscribe, unsubscribe] }

    /// Its place in the table that `RedisMetrics` gets.
    package let index: Int
    package let label: String

    package init(_ index: Int, _ label: String) {
        self.index = index
        self.label = label
    }
}

/// A command and its arguments, binary safe, in one byte array as formatting needs them.
package struct RedisCommand: Sendable {
    package let operation: RedisOperation
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    package init(_ operation: RedisOperation, _ arguments: any RedisArgument...) {
        self.operation = operation
        ends.reserveCapacity(arguments.count)
        for argument in arguments { append(argument) }
    }

    package mutating func append(_ argument: some RedisArgument) {
        argument.encode(into: &bytes)
        ends.append(bytes.count)
    }

    /// The command's name: the first argument.
    var name: String { String(decoding: bytes.prefix(ends.first ?? 0), as: UTF8.self) }

    /// An upper bound of the formatted size: a header of at most 24 bytes per argument, and one for the command.
    var formattedBound: Int { bytes.count + 24 * (ends.count + 1) }

    /// Appends the command in Redis' wire form.
    func encode(into buffer: inout ByteBuffer) {
        bytes.withUnsafeBytes { raw in
            // An empty argument may have no memory; hiredis copies nothing then, but needs a pointer.
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: max(1, ends.count)) { pointers in
                withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, ends.count)) { lengths in
                    let start = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
                    var from = 0
                    for (index, end) in ends.enumerated() {
                        pointers[index] = start.map { UnsafePointer($0 + from) }
                        lengths[index] = end - from
                        from = end
                    }
                    var formatted: UnsafeMutablePointer<CChar>?
                    let count = Int(
                        redisFormatCommandArgv(
                            &formatted, numericCast(ends.count), pointers.baseAddress, lengths.baseAddress))
                    guard count >= 0, let formatted else {
                        preconditionFailure("hiredis could not format \(ends.count) arguments: out of memory")
                    }
                    defer { redisFreeCommand(formatted) }
                    buffer.writeBytes(UnsafeRawBufferPointer(start: formatted, count: count))
                }
            }
        }
    }
}

/// A type that can be an argument of a command.
package protocol RedisArgument: Sendable {
    func encode(into bytes: inout [UInt8])
}

extension String: RedisArgument {
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: utf8) }
}

extension [UInt8]: RedisArgument {
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: self) }
}

extension Int: RedisArgument {
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: String(self).utf8) }
}

extension Int64: RedisArgument {
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: String(self).utf8) }
}

extension UInt64: RedisArgument {
    package func encode(into bytes: inout [UInt8]) { bytes.append(contentsOf: String(self).utf8) }
}
