import NIOCore

/// One way of one connection: what its channel reads leaves by the other one, when the proxy lets it.
///
/// Belongs to the proxy's event loop. Reads only while it holds little.
final class FaultProxyPump: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let holds = 65_536

    private let way: FaultProxy.Way
    private let source: any Channel
    private let sink: any Channel
    private let proxy: FaultProxy
    private var held: [(bytes: ByteBuffer, due: NIODeadline)] = []
    private var heldBytes = 0
    private var sourceEnded = false
    private var timer: Scheduled<Void>?

    init(_ way: FaultProxy.Way, from source: any Channel, to sink: any Channel, of proxy: FaultProxy) {
        self.way = way
        self.source = source
        self.sink = sink
        self.proxy = proxy
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        heldBytes += bytes.readableBytes
        held.append((bytes, .now() + proxy.assumeIsolated { [way] in $0.conditions(of: way).delay }))
    }

    func channelReadComplete(context: ChannelHandlerContext) { pump() }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        // This channel is the other way's sink.
        proxy.assumeIsolated { $0.wake() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        sourceEnded = true
        pump()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        reset()
    }

    /// Passes on what may pass now.
    func pump() {
        timer?.cancel()
        timer = nil
        while !held.isEmpty, sink.isActive {
            guard sink.isWritable, !proxy.assumeIsolated({ [way] in $0.conditions(of: way).isStopped }) else { return }
            let now = NIODeadline.now()
            guard held[0].due <= now else { return wait(until: held[0].due) }
            let (size, way) = (held[0].bytes.readableBytes, way)
            switch proxy.assumeIsolated({ $0.admit(size, on: way, now: now) }) {
            case .wait(let until): return wait(until: until)
            case .pass(let count): write(count)
            }
        }
        if sourceEnded || !sink.isActive {
            sink.close(promise: nil)
            source.close(promise: nil)
            let id = ObjectIdentifier(self)
            proxy.assumeIsolated { $0.ended(id) }
        } else if heldBytes < Self.holds {
            source.read()
        }
    }

    func reset() {
        source.reset()
        sink.reset()
        held = []
        heldBytes = 0
    }

    private func write(_ count: Int) {
        guard let slice = held[0].bytes.readSlice(length: count) else { return }
        if held[0].bytes.readableBytes == 0 { held.removeFirst() }
        heldBytes -= count
        sink.writeAndFlush(slice, promise: nil)
    }

    private func wait(until deadline: NIODeadline) {
        timer = source.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.pump() }
    }
}
