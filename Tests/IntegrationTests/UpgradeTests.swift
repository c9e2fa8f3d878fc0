import TestSupport
import Testing

extension Integration {
    /// Who gets a WebSocket, and what the others are told.
    struct UpgradeTests {
        @Test func requestsThatCannotBeUpgradedAreToldWhy() async throws {
            try await withNodes(1) { nodes in
                let port = nodes[0].port
                let rows: [(what: String, method: String, headers: [String: String?], status: Int)] = [
                    ("as it should be", "GET", [:], 101),
                    ("another method", "POST", ["Content-Length": "0"], 405),
                    ("no key", "GET", ["Sec-WebSocket-Key": nil], 400),
                    ("a short key", "GET", ["Sec-WebSocket-Key": "c2hvcnQ="], 400),
                    ("another version", "GET", ["Sec-WebSocket-Version": "8"], 426),
                    ("a foreign origin", "GET", ["Origin": "https://evil.example"], 403),
                    ("the null origin", "GET", ["Origin": "null"], 403),
                    ("the own origin", "GET", ["Host": "chat.example:81", "Origin": "http://chat.example:81"], 101),
                ]
                for row in rows {
                    let response = try await RawSocket(port: port).upgrade(method: row.method, headers: row.headers)
                    #expect(response.status == row.status, "\(row.what): \(response)")
                    if row.status == 426 { #expect(response.headers["sec-websocket-version"] == "13") }
                    if row.status == 101 { #expect(response.headers["sec-websocket-protocol"] == "webchat.v1") }
                }
            }
        }

        @Test func anAddressHasALimitedNumberOfSockets() async throws {
            try await withNodes(1, environment: ["CONNECTIONS_PER_ADDRESS": "3"]) { nodes in
                var sockets: [RawSocket] = []
                for _ in 0..<3 {
                    let socket = try RawSocket(port: nodes[0].port)
                    #expect(try await socket.upgrade().status == 101)
                    sockets.append(socket)
                }
                #expect(try await RawSocket(port: nodes[0].port).upgrade().status == 429)
                // One that ends makes room.
                sockets.removeLast()
                try await eventually("a socket is free again") {
                    try await RawSocket(port: nodes[0].port).upgrade().status == 101
                }
                withExtendedLifetime(sockets) {}
            }
        }
    }
}
