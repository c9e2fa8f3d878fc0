import Testing

@testable import WebEdge

@Suite struct AddressBlockTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("10.1.2.3/8", "10.9.9.9", true), ("192.168.1.128/25", "192.168.1.127", false),
        ("192.168.1.128/25", "192.168.1.200", true), ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
        ("::/0", "::1", true), ("::/0", "1.2.3.4", false), ("fd00::/8", "fdff::1", true),
        ("fd00::/8", "fe80::1", false), ("2001:db8::/33", "2001:db8:8000::", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true), ("::ffff:10.0.0.0/104", "10.1.1.1", true),
        ("::ffff:10.0.0.0/104", "11.1.1.1", false), ("::ffff:10.0.0.1/128", "10.0.0.1", true),
    ])
    func aBlockContainsTheAddressesOfItsPrefix(block: String, address: String, expected: Bool) throws {
        let block = try #require(AddressBlock(block))
        let address = try #require(IPAddress(address))
        #expect(block.contains(address) == expected)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/+8", "h/8",
        "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/129", "[::1]", "10.0.0.0/99999999999999999999",
    ])
    func invalidBlocksAreRejected(text: String) {
        #expect(AddressBlock(text) == nil)
    }

    @Test func theDescriptionIsTheNormalForm() {
        #expect(AddressBlock("10.1.2.3/8")?.description == "10.0.0.0/8")
        #expect(AddressBlock("FD00:0::1")?.description == "fd00::1/128")
    }
}
