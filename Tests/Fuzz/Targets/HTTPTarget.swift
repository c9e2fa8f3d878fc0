#if DEBUG
    import Foundation
    import NIOCore
    import TestSupport

    extension FuzzTarget {
        /// Heads of requests, each on a connection of its own to a real node: the binary beside this one. Whatever comes, it
        /// answers HTTP or closes, never by a failure of its own, and it goes on living.
        static var httpHead: FuzzTarget {
            FuzzTarget(
                name: "http-head", words: heads, maximumBytes: 20_000,
                parse: { try FuzzedNode.shared.get().answer(to: $0) })
        }

        private static let heads = [
            "GET ", "HEAD ", "POST ", "OPTIONS ", " HTTP/1.1\r\n", " HTTP/1.0\r\n", "\r\n", "\r\n\r\n", "Host: a\r\n",
            "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n",
            "Connection: Upgrade\r\n",
            "Upgrade: websocket\r\n", "Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Protocol: webchat.v1\r\n",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Origin: http://a\r\n", "Range: bytes=0-5\r\n",
            "Range: bytes=-5\r\n", "If-None-Match: *\r\n", "Accept: text/html\r\n", "Accept-Encoding: gzip\r\n",
            "X-Forwarded-For: 1.2.3.4\r\n", "X-Forwarded-Host: a\r\n", "/", "/ws", "/ws?room=a",
            "/messages?minutes=30&room=lobby", "/rooms", "/healthz", "/readyz", "/static/js/main.js", "/cluster",
            "/metrics", "%2f", "%00", "..", "?", "&", "=",
        ]
    }

    private final class FuzzedNode {
        /// A connection that neither answers nor ends waits for its own timeout: that is no fault, and nothing to wait for.
        private static let patience = timeval(tv_sec: 0, tv_usec: 300_000)

        nonisolated(unsafe) static let shared = Result { try FuzzedNode() }

        #if canImport(Darwin)
            private let stream = SOCK_STREAM
            private let sendFlags: Int32 = 0
        #else
            private let stream = Int32(SOCK_STREAM.rawValue)
            private let sendFlags = Int32(MSG_NOSIGNAL)
        #endif
        private let process: ChildProcess
        private let address: SocketAddress

        init() throws {
            let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
            let port = try freePort()
            address = try SocketAddress(ipAddress: "127.0.0.1", port: port)
            let environment = [
                "HOST": "127.0.0.1", "PORT": String(port), "STATIC_DIR": "frontend", "CONNECTIONS_PER_ADDRESS": "0",
                "TRUSTED_PROXIES": "127.0.0.1", "LOG_LEVEL": "error",
                "ASAN_OPTIONS": ProcessInfo.processInfo.environment["ASAN_OPTIONS"] ?? "",
            ]
            process = try ChildProcess(
                [own.deletingLastPathComponent().appendingPathComponent("webchat").path, "serve"],
                environment: environment, output: .standardOutput, errors: .standardError)
            let end = ContinuousClock.now + .seconds(30)
            while (try? send(Array("GET /readyz HTTP/1.0\r\n\r\n".utf8))) == nil {
                guard process.isRunning, ContinuousClock.now < end else { throw Finding("the node does not start") }
                usleep(50_000)
            }
        }

        func answer(to input: [UInt8]) throws -> Int {
            let answer: [UInt8]
            do {
                answer = try send(input)
            } catch {
                try expect(process.isRunning, "the node has ended")
                throw Finding("no connection: \(error.message)")
            }
            let text = String(decoding: answer.prefix(256), as: UTF8.self)
            guard !text.isEmpty else { return outcome(process.isRunning) }
            let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
            guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
                throw Finding("no answer in HTTP: \(text)")
            }
            try expect(status != 500 && (101..<600).contains(status), "it answers \(status)")
            return outcome(status, magnitude(answer.count))
        }

        /// - Returns: what came until the end of the connection, or for a while.
        private func send(_ bytes: [UInt8]) throws(Finding) -> [UInt8] {
            let connection = socket(AF_INET, stream, 0)
            guard connection >= 0 else { throw Finding("no socket") }
            defer { close(connection) }
            var patience = Self.patience
            setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
            let connected = address.withSockAddr { connect(connection, $0, socklen_t($1)) }
            guard connected == 0 else { throw Finding(String(cString: strerror(errno))) }
            Foundation.send(connection, bytes, bytes.count, sendFlags)
            shutdown(connection, Int32(SHUT_WR))
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while answer.count < 1 << 20 {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                answer += buffer[..<count]
            }
            return answer
        }
    }
#endif
