#if DEBUG
    import ChatClient

    @testable import Cluster
    @testable import Gossip

    extension FuzzTarget {
        static var gossipMessage: FuzzTarget {
            FuzzTarget(
                name: "gossip-message", seeds: GossipInput.seeds, maximumBytes: 1_200
            ) { input in
                guard let message = GossipMessage(parsing: input) else { return 0 }
                guard let again = GossipMessage(parsing: GossipInput.written(message)) else {
                    throw Finding("what was read is written so that it cannot be read: \(message)")
                }
                // The writer leaves lists of none out.
                let parts = message.parts.filter { !GossipInput.isEmpty($0) }
                try expect(again.sender == message.sender && again.parts == parts, "\(message) was written as \(again)")
                return outcome(message.sender.status, message.parts.prefix(4).map(GossipInput.kind))
            }
        }

        /// What an instance makes of datagrams, one after the other: its memory is bounded, and it says little for each.
        static func gossipInstance() throws -> FuzzTarget {
            let driver = try GossipDriver()
            return FuzzTarget(
                name: "gossip-instance", seeds: GossipInput.seeds, maximumBytes: 1_200, parse: driver.take)
        }

        static var nodeAttributes: FuzzTarget {
            FuzzTarget(
                name: "node-attributes", seeds: [NodeAttributes().bytes, GossipInput.attributes.bytes],
                maximumBytes: 900
            ) { input in
                guard let read = NodeAttributes(input) else { return 0 }
                try expect(NodeAttributes(read.bytes) == read, "written and read again they are others: \(read)")
                return outcome(read.canaries.count, magnitude(read.httpAddress.utf8.count), read.relayConnected)
            }
        }
    }

    enum GossipInput {
        static let address = GossipAddress([10, 0, 0, 1], port: 7_946)!

        static func record(_ name: String, _ status: MemberStatus = .alive) -> MemberRecord {
            MemberRecord(
                name: name, bootTag: 7, address: GossipAddress([UInt8](repeating: 0xFD, count: 16), port: 1)!,
                standing: Standing(generation: 1_700_000_000_000, incarnation: 3, status: status))
        }

        static var attributes: NodeAttributes {
            var attributes = NodeAttributes()
            attributes.httpAddress = "10.0.0.1:8080"
            attributes.canaries = [.init(from: "n2", number: 1, lastMilliseconds: 2, p99Milliseconds: 3, ageSeconds: 4)]
            return attributes
        }

        static var seeds: [[UInt8]] {
            let claims = [
                Claim(record("n2")), Claim(record("n3", .suspect), accusers: ["n1", "n2"]),
                Claim(record("n4", .dead), accusers: ["n1"], goneSeconds: 9),
                Claim(record("n5", .left), goneSeconds: 1),
            ]
            return [
                written(GossipMessage(sender: record("n1"), parts: [.ping(sequence: 1, target: "n2")])),
                written(GossipMessage(sender: record("n1", .left), parts: [.ack(sequence: 1), .nack(sequence: 2)])),
                written(
                    GossipMessage(
                        sender: record("n2"),
                        parts: [.pingRequest(sequence: 5, target: "n3", address: address), .rumours(claims)])),
                written(
                    GossipMessage(
                        sender: record("n3"),
                        parts: [
                            .digest(
                                ViewDigest(buckets: [UInt32](repeating: 1, count: ViewDigest.bucketCount)),
                                wantsAnswer: true), .view(claims),
                        ])),
                written(
                    GossipMessage(
                        sender: record("n4"),
                        parts: [.attributes([.init(name: "n4", generation: 1, version: 2, bytes: attributes.bytes)])])),
            ]
        }

        static func written(_ message: GossipMessage) -> [UInt8] {
            var writer = GossipWriter(sender: message.sender)
            for part in message.parts {
                switch part {
                case .ping(let sequence, let target): writer.ping(target, sequence: sequence)
                case .ack(let sequence): writer.ack(sequence: sequence)
                case .pingRequest(let sequence, let target, let address):
                    writer.pingRequest(target, at: address, sequence: sequence)
                case .nack(let sequence): writer.nack(sequence: sequence)
                case .digest(let digest, let wantsAnswer): writer.digest(digest, wantsAnswer: wantsAnswer)
                case .rumours(let claims): writer.list(.rumours) { for claim in claims { _ = $0.append(claim) } }
                case .view(let claims): writer.list(.view) { for claim in claims { _ = $0.append(claim) } }
                case .attributes(let some): writer.list(.attributes) { for one in some { _ = $0.append(one) } }
                }
            }
            return writer.bytes
        }

        static func isEmpty(_ part: GossipPart) -> Bool {
            switch part {
            case .rumours(let claims), .view(let claims): claims.isEmpty
            case .attributes(let list): list.isEmpty
            default: false
            }
        }

        static func kind(_ part: GossipPart) -> String {
            switch part {
            case .rumours(let claims): "rumours \(claims.count)"
            case .view(let claims): "view \(claims.count)"
            case .attributes(let list): "attributes \(list.count)"
            default: String(describing: part).prefix { $0 != "(" }.description
            }
        }
    }

    /// Time goes on by 10 ms with each datagram; the instance is woken when it wants to be.
    private final class GossipDriver {
        private var now = GossipTime(uptime: 0, wall: 1_700_000_000_000)
        private var instance: GossipInstance
        private var wakeAt: Microseconds?
        private var datagrams = 0

        init() throws {
            instance = GossipInstance(GossipInput.record("n1"), now: now, seed: 1)
        }

        func take(_ input: [UInt8]) throws -> Int {
            datagrams += 1
            // A name may be taken, and then it is over: another life begins.
            if datagrams % 1_000 == 0 { instance = GossipInstance(GossipInput.record("n1"), now: now, seed: 1) }
            now.uptime += 10_000
            now.wall += 10
            if let wakeAt, wakeAt <= now.uptime {
                self.wakeAt = nil
                try follow(instance.step(.wake, now: now))
            }
            let directives = instance.step(.datagram(input, from: GossipInput.address), now: now)
            try follow(directives)
            return outcome(directives.prefix(6).map { String(describing: $0).prefix(12) })
        }

        private func follow(_ directives: [GossipDirective]) throws {
            var sent = 0
            for directive in directives {
                switch directive {
                case .wake(let moment): wakeAt = moment
                case .send(let bytes, _):
                    sent += 1
                    try expect(GossipMessage(parsing: bytes) != nil, "it sent what nobody can read")
                default: break
                }
            }
            try expect(sent <= 64, "\(sent) datagrams at once")
        }
    }
#endif
