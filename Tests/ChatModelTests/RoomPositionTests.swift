import ChatModel
import Testing

@Suite struct MessageIDTests {
    @Test(arguments: ["0-0", "1-1", "1700000000000-42", "18446744073709551615-18446744073709551615"])
    func idsSurviveARoundTrip(text: String) throws {
        #expect(try #require(MessageID(text)).description == text)
    }

    @Test(arguments: [
        "", "-", "1", "1-", "-1", "1-1-1", "a-1", "1-a", "+1-1", "1-+1", " 1-1", "1-1 ", "1.0-1",
        "18446744073709551616-1", "1-18446744073709551616", "١-١",
        "000000000000000000000000000000000000000000000000001-1",
    ])
    func invalidIDsAreRejected(text: String) {
        #expect(MessageID(text) == nil)
    }

    @Test func idsAreOrderedByTimeThenNumber() {
        let ascending = [(0, 0), (0, 1), (1, 0), (1, 2), (2, 1), (10, 0)].map { MessageID(ms: $0, seq: $1) }
        #expect(ascending.shuffled().sorted() == ascending)
    }
}

@Suite struct EpochTests {
    @Test(arguments: ["0", "0000000000000001.00000000", "ffffffffffffffff.0a1b2c3d"])
    func epochsSurviveARoundTrip(text: String) throws {
        #expect(try #require(Epoch(text)).description == text)
    }

    @Test(arguments: [
        "", "00", "1", "0000000000000000.00000000", "000000000000001.000000000", "FFFFFFFFFFFFFFFF.00000000",
        "0000000000000001-00000000", "0000000000000001.0000000g", "0000000000000001.000000000",
        "+000000000000001.00000000", ".0000000000000000100000000",
    ])
    func invalidEpochsAreRejected(text: String) {
        #expect(Epoch(text) == nil)
    }
}
