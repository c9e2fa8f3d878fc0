import InMemoryLogging
import Logging
import TestSupport
import Testing

@testable import WebEdge

@Suite struct HandshakeNoticesTests {
    @Test func rejectedOriginsAndUnreadableAddressesAreLoggedOnce() async throws {
        let handler = InMemoryLogHandler()
        let configure = { (configuration: inout EdgeConfiguration) in
            configuration.trustedProxies = [AddressBlock("127.0.0.0/8")].compactMap(\.self)
        }
        try await EdgeFixture.run(logger: Logger(label: "edge") { _ in handler }, configure: configure) { edge in
            for number in 0..<5 {
                let page = EdgeFixture.handshake(
                    "/ws", "Origin: https://chat.example:\(number + 1)", "X-Forwarded-Host: a.example, b.example")
                try await #expect(edge.exchange(page).status == 403)
                let client = try await edge.connect(
                    sending: EdgeFixture.handshake("/ws", "X-Forwarded-For: 9.9.9.9, unknown"), until: "101")
                await client.close()
            }
            #expect(Set(edge.sockets.accepted.map(\.client.description)) == ["127.0.0.1"])
        }
        let warnings = handler.entries.filter { $0.level == .warning }
        #expect(warnings.count == 2)
        let page = try #require(warnings.first { $0.metadata["origin"] != nil })
        #expect(page.metadata["origin"] == "https://chat.example:1")
        #expect(page.metadata["host"] == "localhost")
        #expect(page.metadata["forwarded.host"] == "a.example, b.example")
        let address = try #require(warnings.first { $0.metadata["origin"] == nil })
        #expect(address.metadata["reason"] == "unknown")
    }
}
