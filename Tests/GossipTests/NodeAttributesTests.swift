import Testing

@testable import Gossip

@Suite struct NodeAttributesTests {
    private static func sample(canaries: Int) -> NodeAttributes {
        var attributes = NodeAttributes()
        attributes.httpAddress = "[2001:db8::1]:8080"
        attributes.version = "1.2.3"
        attributes.startedAt = 1_760_000_000_000
        attributes.users = 412
        attributes.rooms = 9
        attributes.messageRate = 965
        attributes.loopLagMicroseconds = 1_200
        attributes.relayConnected = true
        attributes.viewHash = 0x7F2A_0001
        attributes.canaries = (0..<canaries).map {
            NodeAttributes.Canary(
                from: "node-\($0)", number: 7, lastMilliseconds: 3, p99Milliseconds: 40, ageSeconds: 5)
        }
        return attributes
    }

    @Test func attributesSurviveARoundTrip() {
        let attributes = Self.sample(canaries: 32)
        #expect(NodeAttributes(attributes.bytes) == attributes)
    }

    @Test func fieldsOfALaterVersionAreIgnored() {
        let attributes = Self.sample(canaries: 1)
        #expect(NodeAttributes(attributes.bytes + [1, 2, 3]) == attributes)
    }

    @Test func canariesThatDoNotFitAreOmitted() {
        var attributes = Self.sample(canaries: 0)
        attributes.canaries = (0..<32).map { index in
            NodeAttributes.Canary(
                from: String(repeating: "n", count: 60) + "\(index)", number: 0, lastMilliseconds: 0,
                p99Milliseconds: 0, ageSeconds: 0)
        }
        let bytes = attributes.bytes
        #expect(bytes.count <= NodeAttributes.maximumBytes)
        #expect((5..<32).contains(NodeAttributes(bytes)?.canaries.count ?? 0))
    }

    @Test func everyTruncationIsRejected() {
        let bytes = Self.sample(canaries: 2).bytes
        for length in 0..<bytes.count { #expect(NodeAttributes(Array(bytes.prefix(length))) == nil) }
    }
}
