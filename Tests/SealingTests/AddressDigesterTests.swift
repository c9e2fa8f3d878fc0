import Sealing
import Testing

@Suite struct AddressDigesterTests {
    @Test func anAddressHasAnotherNameInEachRoomAndWithEachSecret() throws {
        let digester = try AddressDigester(secret: Array("one secret".utf8))
        let digest = try digester.digest(of: "203.0.113.9", in: "lobby")
        #expect(digest.count == 26 && digest.allSatisfy { $0.isLetter || $0.isNumber })
        #expect(try AddressDigester(secret: Array("one secret".utf8)).digest(of: "203.0.113.9", in: "lobby") == digest)
        let others = [
            try digester.digest(of: "203.0.113.8", in: "lobby"), try digester.digest(of: "203.0.113.9", in: "lobby2"),
            try AddressDigester(secret: Array("another".utf8)).digest(of: "203.0.113.9", in: "lobby"),
        ]
        #expect(Set(others + [digest]).count == 4)
    }
}
