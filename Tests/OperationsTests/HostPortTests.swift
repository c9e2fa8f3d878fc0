import TestSupport
import Testing

@testable import Operations

@Suite struct HostPortTests {
    private static func address(using random: inout SeededGenerator) -> String {
        func hex() -> String { String(UInt16.random(in: 0...UInt16.max, using: &random), radix: 16) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return (0..<4).map { _ in "\(UInt8.random(in: 0...255, using: &random))" }.joined(separator: ".")
        case 1: return (0..<8).map { _ in hex() }.joined(separator: ":")
        case 2: return "\(hex())::\(hex())"
        case 3: return "::\(hex())"
        case 4: return "fe80::\(hex())%eth\(Int.random(in: 0...30, using: &random))"
        default: return "node-\(hex()).example.org"
        }
    }

    @Test(arguments: 1...300 as ClosedRange<UInt64>)
    func addressesSurviveARoundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let place = HostPort(host: Self.address(using: &random), port: .random(in: 1...65_535, using: &random))
        #expect(try HostPort(place.description) == place, "seed \(seed)")
        #expect(try HostPort(place.inURL, inURL: true) == place, "seed \(seed)")
        #expect(HostPort(host: "[\(place.host)]", port: place.port) == place, "brackets are no part of a host")
        #expect(!place.inURL.contains("%") || place.inURL.contains("%25"))
        let bare = place.description.dropLast(":\(place.port)".count)
        #expect(try HostPort(bare, defaultPort: 7).host == place.host)
        #expect(!place.authority(defaultPort: 80).contains("%"), "a zone is nobody else's business")
    }

    @Test(arguments: [
        "", ":80", "[::1", "[::1]80", "[::1]:", "[]:80", "[host]:80", "::1", "::1:80", "2001:db8::1:80", "host",
        "host:", "host:x",
        "host:0", "host:65536", "host:+8", "host:８０", "host:80:81", "a b:80", "user@host:80", "host/x:80", "ho[st:80",
    ])
    func invalidAddressesAreRejected(text: String) {
        #expect(throws: HostPort.Fault.self) { try HostPort(text) }
    }

    @Test(arguments: [
        ("10.0.0.1", 80, "10.0.0.1"), ("::1", 80, "[::1]"), ("::1", 81, "[::1]:81"), ("fe80::1%lo", 81, "[fe80::1]:81"),
    ])
    func theHostHeaderHasBracketsAndPortAsNeeded(host: String, port: Int, header: String) {
        #expect(HostPort(host: host, port: port).authority(defaultPort: 80) == header)
    }
}
