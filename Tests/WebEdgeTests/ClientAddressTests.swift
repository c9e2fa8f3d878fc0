import NIOHTTP1
import Testing

@testable import WebEdge

@Suite struct ClientAddressTests {
    private static let proxies = ["127.0.0.1", "198.51.100.0/24"].compactMap { AddressBlock($0) }

    private func found(_ peer: String?, _ forwarded: String? = nil) -> ClientAddress.Found {
        let headers = HTTPHeaders(forwarded.map { [("X-Forwarded-For", $0)] } ?? [])
        return ClientAddress(trustedProxies: Self.proxies).find(peer: peer.flatMap { IPAddress($0) }, headers: headers)
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("2001:db8:1:2::9", "2001:db8:1:2::"), ("100.63.0.1", "100.63.0.1"),
        ("172.32.0.1", "172.32.0.1"), ("fbff::1", "fbff::"),
    ])
    func whoComesFromThePublicInternetCanBeBanned(address: String, block: String) {
        #expect(found(address).bannable == block)
        #expect(found("127.0.0.1", address).bannable == block)
        #expect(found("127.0.0.1", "\(address), 198.51.100.7").bannable == block)
    }

    @Test(arguments: [
        "127.0.0.9", "::1", "::", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1",
        "100.64.0.1", "100.127.255.255", "fd00::1", "fc00::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::cb00:7109",
    ])
    func anAddressThatMeansNobodyOnTheInternetIsNeverBanned(address: String) {
        #expect(found(address).bannable == nil)
        #expect(found("127.0.0.1", address).bannable == nil)
    }

    @Test func neitherIsATrustedProxy() {
        #expect(found("198.51.100.7").bannable == nil, "without the header")
        #expect(found("198.51.100.7", "198.51.100.8").bannable == nil, "only proxies")
        #expect(found("198.51.100.7", "203.0.113.9, nonsense").bannable == nil, "not to be read")
        #expect(found(nil).bannable == nil, "a Unix socket")
        #expect(found("203.0.113.9", "203.0.113.8").bannable == "203.0.113.9", "what others say is not believed")
    }
}
