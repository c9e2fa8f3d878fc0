import NIOCore
import NIOPosix
import TestSupport
import Testing

#if os(Linux)
    struct DatagramProxyTests {
        /// What came, and from which address.
        private struct Datagram: Hashable {
            let bytes: [UInt8]
            let source: String?
        }

        /// In place of a node.
        private final class Peer: ChannelInboundHandler, Sendable {
            typealias InboundIn = AddressedEnvelope<ByteBuffer>
            let heard = Journal<Datagram>()

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let envelope = unwrapInboundIn(data)
                let datagram = Datagram(
                    bytes: Array(envelope.data.readableBytesView), source: envelope.remoteAddress.ipAddress)
                heard.add(datagram)
            }
        }

        private static let seed: UInt64 = 7

        /// Sends a hundred numbered datagrams from the first of two peers to the second.
        private static func send(
            _ conditions: DatagramProxy.Conditions, _ body: (DatagramProxy, Peer) async throws -> Void
        ) async throws {
            let proxy = try await DatagramProxy.start(nodes: 2, seed: seed)
            await proxy.set(conditions)
            let peers = [Peer(), Peer()]
            var channels: [any Channel] = []
            for (node, peer) in peers.enumerated() {
                channels.append(
                    try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .channelInitializer { $0.pipeline.addHandler(peer) }
                        .bind(host: proxy.host(of: node), port: proxy.port(of: node)).get())
            }
            let target = try SocketAddress(ipAddress: proxy.advertisedHost(of: 1), port: proxy.port(of: 1))
            for number in 0..<100 {
                let data = ByteBuffer(bytes: [UInt8(number), 1, 2, 3])
                try await channels[0].writeAndFlush(AddressedEnvelope(remoteAddress: target, data: data))
            }
            try await eventually("everything has come to the proxy") { await proxy.counts.received == 100 }
            try await body(proxy, peers[1])
            for channel in channels { try await channel.close() }
            await proxy.stop()
        }

        @Test func withoutFaultsDatagramsArriveFromTheProxysAddress() async throws {
            try await Self.send(.init()) { proxy, peer in
                try await eventually("everything has come") { peer.heard.all.count == 100 }
                let expected = (0..<100).map { Datagram(bytes: [UInt8($0), 1, 2, 3], source: "127.0.2.1") }
                #expect(peer.heard.all == expected)
            }
        }

        @Test func someDatagramsAreDoubled() async throws {
            try await Self.send(.init(doubled: 0.5)) { proxy, peer in
                let doubled = await proxy.counts.doubled
                #expect((20...80).contains(doubled))
                try await eventually("everything has come") { peer.heard.all.count == 100 + doubled }
                #expect(Set(peer.heard.all).count == 100)
            }
        }

        @Test func someDatagramsAreDamagedInOneBit() async throws {
            try await Self.send(.init(damaged: 0.5)) { proxy, peer in
                try await eventually("everything has come") { peer.heard.all.count == 100 }
                let damaged = await proxy.counts.damaged
                #expect((20...80).contains(damaged))
                let bits = peer.heard.all.enumerated().map { number, datagram in
                    zip(datagram.bytes, [UInt8(number), 1, 2, 3]).map { ($0 ^ $1).nonzeroBitCount }.reduce(0, +)
                }
                #expect(bits.reduce(0, +) == damaged && bits.max() == 1)
            }
        }

        @Test func someDatagramsAreReordered() async throws {
            try await Self.send(.init(late: 0.5)) { proxy, peer in
                try await eventually("everything has come") { peer.heard.all.count == 100 }
                let order = peer.heard.all.map { $0.bytes[0] }
                #expect(order != order.sorted() && Set(order).count == 100)
            }
        }

        @Test func oldDatagramsAreReplayed() async throws {
            try await Self.send(.init()) { proxy, peer in
                try await eventually("everything has come") { peer.heard.all.count == 100 }
                #expect(await proxy.recorded(for: 0) == 0)
                #expect(await proxy.recorded(for: 1) == 100)
                for half in [0..<50, 50..<100] {
                    await proxy.repeatRecorded(half, to: 1)
                    try await eventually("and again") { peer.heard.all.count == 100 + half.upperBound }
                }
                #expect(peer.heard.all.suffix(100).elementsEqual(peer.heard.all.prefix(100)))
                #expect(await proxy.counts.repeated == 100)
            }
        }
    }
#endif
