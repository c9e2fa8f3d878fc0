import HTTPTypes
import Hummingbird
import NIOCore
import NIOEmbedded
import Supervision
import Synchronization
import Testing

@testable import WebEdge

@Suite struct ClusterStreamTests {
    private struct Recorder: ResponseBodyWriter {
        final class Written: Sendable { let text = Mutex("") }
        let written = Written()

        func write(_ buffer: ByteBuffer) async throws {
            written.text.withLock { $0 += String(buffer: buffer) }
        }
        func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }

    @Test(.timeLimit(.minutes(1)))
    func theStreamEndsWithTheTokenOfItsReader() async throws {
        let factory = PrometheusFactory(EdgeMetrics.descriptions, version: "1")
        let sources = EdgeSources(
            backend: .embedded(log: FixedLog(messages: []), membership: FixedMembership()), relay: .standalone,
            supervision: SupervisionTree(), addresses: AddressTable(SocketConfiguration()), metrics: factory)
        let seat = try #require(ClusterStreams(metrics: EdgeMetrics(factory: factory)).seat())
        let stream = ClusterStream(
            sources: sources, isDraining: { false }, channel: NIOAsyncTestingChannel(), seat: seat,
            time: .milliseconds(300))
        let recorder = Recorder()
        var writer: any ResponseBodyWriter = recorder
        try await stream.run(&writer)
        #expect(recorder.written.text.withLock { $0 }.contains("data: {"))
    }

    @Test(.timeLimit(.minutes(1)))
    func aClientThatDoesNotReadIsCutOff() async throws {
        let factory = PrometheusFactory(EdgeMetrics.descriptions, version: "1")
        let log = FixedLog(messages: [])
        let sources = EdgeSources(
            backend: .embedded(log: log, membership: FixedMembership()), relay: .standalone,
            supervision: SupervisionTree(), addresses: AddressTable(SocketConfiguration()), metrics: factory)
        let channel = NIOAsyncTestingChannel()
        channel.isWritable = false
        let seat = try #require(ClusterStreams(metrics: EdgeMetrics(factory: factory)).seat())
        let stream = ClusterStream(
            sources: sources, isDraining: { false }, channel: channel, seat: seat, patience: .milliseconds(600))
        let recorder = Recorder()
        var writer: any ResponseBodyWriter = recorder
        try await stream.run(&writer)
        try await channel.closeFuture.get()
        #expect(recorder.written.text.withLock { $0 } == "retry: 1000\n")
    }
}
