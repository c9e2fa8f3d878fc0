import Testing

@testable import Gossip

@Suite struct SuspicionTests {
    private let parameters = GossipParameters()

    @Test(arguments: [
        // Members, further accusers, seconds.
        (2, 0, 3.0), (3, 5, 3.0), (4, 0, 12.0), (4, 1, 6.322), (4, 2, 3.0), (5, 7, 3.0), (100, 0, 24.0), (100, 2, 6.0),
    ])
    func fewerAccusersMeanALongerSuspicion(count: Int, accusers: Int, seconds: Double) {
        var suspicion = Suspicion(at: 1_000_000, among: count, parameters: parameters)
        for _ in 0..<accusers { suspicion.confirm() }
        #expect(abs(Double(suspicion.endsAt) / 1_000_000 - 1 - seconds) < 0.001)
    }

    @Test func anAccuserCountsOnce() {
        let standing = Standing(generation: 1, incarnation: 0, status: .suspect)
        var member = Member(
            MemberRecord(name: "m", bootTag: 1, address: GossipAddress([1, 1, 1, 1], port: 1)!, standing: standing))
        member.suspicion = Suspicion(at: 0, among: 5, parameters: parameters)
        #expect([member.accuse(["a"], at: 1), member.accuse(["a", "a"], at: 2)] == [true, false])
        #expect(member.suspicion?.endsAt == 12_000_000)
        _ = member.accuse(["b", "c", "d"], at: 3)
        #expect(member.suspicion?.endsAt == 3_000_000)
        #expect(member.accusations.map(\.accuser) == ["a", "b", "c"])
    }
}
