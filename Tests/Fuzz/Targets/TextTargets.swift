#if DEBUG
    import ChatModel

    @testable import Cluster
    @testable import WebEdge

    extension FuzzTarget {
        /// What a node reads of the others in Redis.
        static var nodeCard: FuzzTarget {
            FuzzTarget(
                name: "node-card", seeds: cards,
                words: ["{", "}", "\"", ":", ",", "null", "\"gossip\":", "\"generation\":"],
                maximumBytes: 512
            ) { input in
                guard let card = NodeCard(json: input) else { return 0 }
                try expect(NodeCard(json: try card.json()) == card, "written and read again it is another: \(card)")
                return outcome(card.gossip == nil, magnitude(card.http.utf8.count), card.startedAt < 0)
            }
        }

        private static var cards: [[UInt8]] {
            let cards = [
                NodeCard(generation: 1, http: "10.0.0.1:8080", gossip: "10.0.0.1:7946", version: "1", startedAt: 9),
                NodeCard(generation: .max, http: "[::1]:1", gossip: nil, version: "", startedAt: .min),
            ]
            return cards.compactMap { try? $0.json() }
        }

        /// Networks of the configuration and addresses in `X-Forwarded-For`; positions that clients send; media types.
        static var address: FuzzTarget {
            FuzzTarget(
                name: "address",
                seeds: ["10.0.0.0/8", "fd00::/8", "::ffff:1.2.3.4", "1700000000000-3", "text/html;q=0.5,*/*"]
                    .map { Array($0.utf8) },
                words: ["/", ":", "::", ".", "/32", "/128", "ffff", "-", ";q=", ",", "*/*"],
                maximumBytes: 96
            ) { input in
                let text = String(decoding: input, as: UTF8.self)
                func read<Value: Equatable & CustomStringConvertible>(_ parse: (String) -> Value?) throws -> Value? {
                    guard let value = parse(text) else { return nil }
                    try expect(parse(value.description) == value, "\(value) is another when it is read again")
                    return value
                }
                let block = try read { AddressBlock($0) }
                let address = try read { IPAddress($0) }
                if let address {
                    try expect(block?.contains(address) == true, "\(address) is not in its own network")
                }
                let id = try read { MessageID($0) }
                let epoch = try read { Epoch($0) }
                let life = try read { NodeIncarnation($0) }
                let prefers = AcceptedTypes([text]).prefer("text/html", to: "application/json")
                return outcome(block?.description.count, address == nil, id == nil, epoch == nil, life == nil, prefers)
            }
        }
    }
#endif
