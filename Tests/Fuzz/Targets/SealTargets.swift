#if DEBUG
    import ChatClient
    import Foundation
    import Sealing

    @testable import Cluster
    @testable import Gossip

    extension FuzzTarget {
        /// Anyone can send datagrams to the port. The input is opened as it is; then it is sealed by a peer, changed in one
        /// place and opened: only what the peer sealed may be read.
        static func datagramSeal() throws -> FuzzTarget {
            let pair = try SealedPair()
            return FuzzTarget(
                name: "datagram-seal", seeds: [[1, 2, 3]] + pair.seeds, maximumBytes: 1_100, parse: pair.take)
        }

        static func guestToken() throws -> FuzzTarget {
            let secret = [UInt8](repeating: 7, count: 32)
            let sealer = try GuestTokenSealer(secret: secret, previous: [UInt8](repeating: 8, count: 32))
            let known = try ["u1", "guest-0123456789abcdef", String(repeating: "x", count: 64)].map { user in
                try sealer.seal(GuestToken(user: user, issuedAt: 1_000))
            }
            let users: Set = ["u1", "guest-0123456789abcdef", String(repeating: "x", count: 64)]
            return FuzzTarget(
                name: "guest-token", seeds: known.map { Array($0.utf8) }, words: ["-", "_", "=", "A", "AQ"],
                maximumBytes: 256
            ) { input in
                let text = String(decoding: input, as: UTF8.self)
                let opened = sealer.open(text, now: 2_000)
                if let opened {
                    try expect(users.contains(opened.user) && opened.issuedAt == 1_000, "a forged token: \(opened)")
                }
                guard (1...GuestTokenSealer.maximumUserLength).contains(text.utf8.count) else {
                    return outcome(opened == nil, text.utf8.count > 256)
                }
                let token = GuestToken(user: text, issuedAt: 1_500)
                try expect(sealer.open(try sealer.seal(token), now: 2_000) == token, "it does not open what it sealed")
                return outcome(opened == nil, magnitude(text.utf8.count))
            }
        }
    }

    private final class SealedPair {
        private var here: DatagramSeal
        private var there: DatagramSeal
        private let peer = GossipAddress([10, 0, 0, 2], port: 7_946)!
        let seeds: [[UInt8]]

        init() throws {
            var random = SplitMix64(seed: 1)
            let secret = [UInt8]("a secret that is long enough for everybody".utf8)
            here = try DatagramSeal(secret: secret, previous: nil, using: &random)
            there = try DatagramSeal(secret: secret, previous: nil, using: &random)
            // They meet: a challenge, its answer, and then both know each other.
            var first = try there.seal([0], to: GossipInput.address)
            seeds = first
            if case .challenged(let answers) = here.open(first[0], from: peer),
                case .answer(let again) = there.open(answers[0], from: GossipInput.address)
            {
                first = again
            }
            _ = here.open(first[0], from: peer)
        }

        func take(_ input: [UInt8]) throws -> Int {
            let stranger = here.open(input, from: GossipInput.address)
            if case .payload = stranger { throw Finding("it reads what nobody has sealed") }
            guard let datagram = try there.seal(input, to: GossipInput.address).first else { return 0 }
            var changed = datagram
            let place = input.reduce(input.count) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % datagram.count
            changed[place] ^= 1 << UInt8(input.count % 8)
            if case .payload = here.open(changed, from: peer) {
                throw Finding("byte \(place) was changed, and it is read")
            }
            try expect(here.open(datagram, from: peer) == .payload(input), "it does not read what its peer has sealed")
            try expect(here.open(datagram, from: peer) == .refused(.replayed), "it reads it twice")
            return outcome(String(describing: stranger).prefix(20), magnitude(input.count))
        }
    }
#endif
