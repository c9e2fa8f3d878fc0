import Foundation
import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// A TCP connection by hand, for tests that must see and send every byte: HTTP as text, WebSocket frames right or wrong
/// (RFC 6455, section 5.2). Belongs to one test; closes itself when it is let go.
package final class RawSocket {
    package struct Frame: Hashable, Sendable {
        package let fin: Bool
        package let opcode: UInt8
        package let payload: [UInt8]

        package var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close frame.
        package var closeCode: UInt16? {
            opcode == Opcode.close && payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil
        }
    }

    package enum Opcode {
        package static let continuation: UInt8 = 0
        package static let text: UInt8 = 1
        package static let binary: UInt8 = 2
        package static let close: UInt8 = 8
        package static let ping: UInt8 = 9
        package static let pong: UInt8 = 10
    }

    private let descriptor: Int32
    private var received: [UInt8] = []
    private var ended = false

    /// - `receiveBuffer`: bytes of the kernel's buffer; a small one makes a slow reader.
    package init(host: String = "127.0.0.1", port: Int, receiveBuffer: Int32? = nil) throws {
        // A peer that has gone is an error to be seen, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        let address = try SocketAddress(ipAddress: host, port: port)
        let descriptor = socket(address.protocol == .inet6 ? AF_INET6 : AF_INET, streamSocket, 0)
        guard descriptor >= 0 else { throw TestFailure("socket: \(Self.lastError)") }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        guard address.withSockAddr({ connect(descriptor, $0, socklen_t($1)) }) == 0 else {
            let error = Self.lastError
            close(descriptor)
            throw TestFailure("connect to \(host):\(port): \(error)")
        }
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    deinit {
        close(descriptor)
    }

    // MARK: Bytes

    package func send(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        let end = ContinuousClock.now + .seconds(10)
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN || errno == EINTR {
                guard ContinuousClock.now < end else { throw TestFailure("the peer does not read") }
                try await Task.sleep(for: .milliseconds(2))
            } else {
                throw TestFailure("write: \(Self.lastError)")
            }
        }
    }

    package func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// So many bytes, as they came.
    package func bytes(_ count: Int, within limit: Duration = .seconds(30)) async throws -> [UInt8] {
        try await receive(within: limit, "\(count) bytes") { bytes in
            guard bytes.count >= count else { return nil }
            defer { bytes.removeFirst(count) }
            return Array(bytes.prefix(count))
        }
    }

    /// Whether the peer has closed the connection, and everything it sent was read.
    package func waitForEnd(within limit: Duration = .seconds(30)) async throws {
        try await receive(within: limit, "the end of the connection") { _ in ended ? () : nil }
    }

    /// Reads until `parse` finds what it looks for; it removes that from the bytes.
    private func receive<Value>(
        within limit: Duration, _ what: String, _ parse: (inout [UInt8]) throws -> Value?
    ) async throws -> Value {
        let end = ContinuousClock.now + limit
        while true {
            if let value = try parse(&received) { return value }
            guard !ended else {
                throw TestFailure("the connection ended before \(what); unread: \(received.prefix(200))")
            }
            guard ContinuousClock.now < end else { throw TestFailure("not within \(limit): \(what)") }
            if !readSome() { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    /// - Returns: false when there was nothing.
    private func readSome() -> Bool {
        let count = withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { received.append(contentsOf: buffer.prefix(count)) }
            return count
        }
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { ended = true }
        return count >= 0
    }

    // MARK: HTTP

    package func response(within limit: Duration = .seconds(30)) async throws -> HTTPAnswer {
        var answer = try await receive(within: limit, "the head of a response") { bytes -> HTTPAnswer? in
            guard let end = bytes.firstRange(of: [13, 10, 13, 10])?.upperBound else { return nil }
            defer { bytes.removeSubrange(..<end) }
            return try HTTPAnswer(String(decoding: bytes[..<end], as: UTF8.self))
        }
        if let length = answer["content-length"].flatMap({ Int($0) }) {
            answer.body = String(decoding: try await bytes(length, within: limit), as: UTF8.self)
        }
        return answer
    }

    /// Asks for a WebSocket as a client should; `nil` in `headers` takes a header away.
    package func upgrade(
        _ target: String = "/ws", method: String = "GET", version1: Bool = true, headers: [String: String?] = [:]
    ) async throws -> HTTPAnswer {
        var fields: [String: String?] = [
            "Host": "localhost", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]
        if version1 { fields["Sec-WebSocket-Protocol"] = "webchat.v1" }
        fields.merge(headers) { $1 }
        let lines = fields.compactMap { name, value in value.map { "\(name): \($0)\r\n" } }.sorted()
        try await send("\(method) \(target) HTTP/1.1\r\n\(lines.joined())\r\n")
        return try await response()
    }

    // MARK: WebSocket

    /// Sends one frame as a client does, or, by the parameters, as it must not.
    package func send(
        _ opcode: UInt8, _ payload: [UInt8], fin: Bool = true, masked: Bool = true, reserved: UInt8 = 0,
        declaredLength: UInt64? = nil
    ) async throws {
        var bytes: [UInt8] = [(fin ? 0x80 : 0) | reserved << 4 | opcode]
        let length = declaredLength ?? UInt64(payload.count)
        let mask: UInt8 = masked ? 0x80 : 0
        switch length {
        case ..<126: bytes.append(mask | UInt8(length))
        case ..<65_536: bytes += [mask | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * $0)) }
        }
        if masked {
            let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
            bytes += key + payload.enumerated().map { $1 ^ key[$0 % 4] }
        } else {
            bytes += payload
        }
        try await send(bytes)
    }

    package func sendText(_ text: String) async throws {
        try await send(Opcode.text, Array(text.utf8))
    }

    /// The next frame; the server's are never masked.
    package func frame(within limit: Duration = .seconds(30)) async throws -> Frame {
        try await receive(within: limit, "a frame") { bytes in try Self.frame(&bytes) }
    }

    /// The next text frame; pings are answered.
    package func text(within limit: Duration = .seconds(30)) async throws -> String {
        while true {
            let frame = try await frame(within: limit)
            switch frame.opcode {
            case Opcode.text: return frame.text
            case Opcode.ping: try await send(Opcode.pong, frame.payload)
            default: throw TestFailure("expected a text frame, got \(frame)")
            }
        }
    }

    /// The code of the close frame, which is answered; whatever comes before it is passed over.
    package func closeCode(within limit: Duration = .seconds(30)) async throws -> UInt16? {
        while true {
            let frame = try await frame(within: limit)
            guard frame.opcode == Opcode.close else { continue }
            // After its own close frame the peer may have gone without waiting.
            try? await send(Opcode.close, Array(frame.payload.prefix(2)))
            return frame.closeCode
        }
    }

    private static func frame(_ bytes: inout [UInt8]) throws -> Frame? {
        guard bytes.count >= 2 else { return nil }
        guard bytes[1] & 0x80 == 0 else { throw TestFailure("a server's frame is masked") }
        var header = 2
        var length = Int(bytes[1])
        if length >= 126 {
            header = length == 126 ? 4 : 10
            guard bytes.count >= header else { return nil }
            length = bytes[2..<header].reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count >= header + length else { return nil }
        defer { bytes.removeFirst(header + length) }
        return Frame(
            fin: bytes[0] & 0x80 != 0, opcode: bytes[0] & 0x0F, payload: Array(bytes[header..<(header + length)]))
    }

    private static var lastError: String { String(cString: strerror(errno)) }
}
