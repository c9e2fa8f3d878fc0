import ChatModel
import Testing

@Suite struct ClusterMemberTests {
    private func member(_ name: String, _ generation: UInt64 = 1, _ state: ClusterMember.State = .alive)
        -> ClusterMember
    {
        ClusterMember(
            node: NodeIncarnation(name: name, generation: generation), state: state, address: "", version: "",
            startedAt: 0)
    }

    @Test func theHashOfAViewCoversItsLiveNodesInAnyOrder() {
        let hash = [member("a"), member("b"), member("c")].viewHash
        #expect([member("c"), member("a"), member("b", 1, .suspect)].viewHash == hash)
        #expect(
            [member("a"), member("gone", 7, .dead), member("b"), member("c"), member("off", 1, .left)].viewHash == hash)
    }

    @Test func anotherIncarnationOrNodeChangesTheHash() {
        let views = [
            [member("a"), member("b")], [member("a"), member("b", 2)], [member("a")], [member("b")],
            [member("a"), member("b", 1, .dead), member("c")], [],
        ]
        #expect(Set(views.map(\.viewHash)).count == views.count)
    }
}
