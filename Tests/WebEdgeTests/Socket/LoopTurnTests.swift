import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import WebEdge

@Suite struct LoopTurnTests {
    /// Two that always have more work, and an event loop that is busy with it for longer than a pause.
    @Test func workThatNeverEndsLeavesTheLoopToItsSockets() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let turn = LoopTurn(eventLoop: group.next())
        let isOver = Atomic(false)
        let rounds = Atomic(0)
        @Sendable func work() {
            rounds.wrappingAdd(1, ordering: .relaxed)
            let end = NIODeadline.now() + .milliseconds(1)
            while NIODeadline.now() < end {}
            if !isOver.load(ordering: .relaxed) { turn.next(work) }
        }
        try await group.next().submit {
            turn.next(work)
            turn.next(work)
        }.get()
        // Connecting takes several looks at the sockets, which this loop would never have.
        let server = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let client = try await ClientBootstrap(group: group).connectTimeout(.seconds(20))
            .connect(to: #require(server.localAddress)).get()
        #expect(rounds.load(ordering: .relaxed) > 2, "the work went on meanwhile")
        isOver.store(true, ordering: .relaxed)
        try await client.close()
        try await server.close()
        try await group.shutdownGracefully()
    }
}
