import Logging
import NIOCore
import Synchronization
import Testing

@testable import WebEdge

@Suite struct MemoryGuardTests {
    @Test func aClosedNodeMustFallWellBelowTheLimitToReopen() {
        let factory = PrometheusFactory(EdgeMetrics.descriptions, version: "1")
        let resident = Mutex<Int?>(nil)
        let guarded = MemoryGuard(
            limit: 100 << 20, metrics: EdgeMetrics(factory: factory),
            logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        ) { resident.withLock(\.self) }
        let steps: [(megabytes: Int?, isClosed: Bool)] = [
            (nil, false), (100, false), (101, true), (96, true), (nil, true), (95, false), (100, false), (101, true),
        ]
        for (number, step) in steps.enumerated() {
            resident.withLock { $0 = step.megabytes.map { $0 << 20 } }
            guarded.look()
            #expect(guarded.isClosed == step.isClosed, "step \(number)")
            #expect((guarded.unreadyReason != nil) == step.isClosed)
            #expect(String(buffer: factory.render()).contains("\nwebchat_memory_limited \(step.isClosed ? 1 : 0)\n"))
        }
    }

    @Test func theProcessUsesSomeMemory() throws {
        #if os(Linux)
            let bytes = try #require(ResidentMemory.bytes())
            #expect((1 << 20..<1 << 40).contains(bytes))
        #endif
    }
}
