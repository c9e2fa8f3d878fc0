import Testing

@testable import Gossip

@Suite struct WireTests {
    private static let v4 = GossipAddress([192, 0, 2, 7], port: 7_946)!
    private static let v6 = GossipAddress([0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 9, count: 12), port: 65_535)!

    private static func record(
        _ name: String, _ status: MemberStatus = .alive, incarnation: UInt32 = 3, address: GossipAddress = v4
    ) -> MemberRecord {
        MemberRecord(
            name: name, bootTag: 0xfeed_face_cafe_beef, address: address,
            standing: Standing(generation: 1_760_000_000_000, incarnation: incarnation, status: status))
    }

    private static let claims = [
        Claim(record("a")), Claim(record("b", .suspect), accusers: ["a", "c.d", "E_f-9"]),
        Claim(record("c", .dead, address: v6), accusers: ["a"], goneSeconds: 77),
        Claim(record("d", .left, incarnation: .max), goneSeconds: .max),
    ]

    private static func everything() -> GossipWriter {
        var writer = GossipWriter(sender: record("me", address: v6))
        writer.ping("you", sequence: 1)
        writer.ack(sequence: .max)
        writer.pingRequest("they", at: v6, sequence: 7)
        writer.nack(sequence: 8)
        writer.digest(ViewDigest(), wantsAnswer: true)
        writer.list(.rumours) { for claim in claims { _ = $0.append(claim) } }
        writer.list(.view) { _ in }
        writer.list(.attributes) {
            _ = $0.append(GossipPart.Attributes(name: "a", generation: 5, version: 6, bytes: [1, 2, 3]))
        }
        return writer
    }

    @Test func messagesSurviveARoundTrip() throws {
        let message = try #require(GossipMessage(parsing: Self.everything().bytes))
        #expect(message.sender == Self.record("me", address: Self.v6))
        #expect(
            message.parts == [
                .ping(sequence: 1, target: "you"), .ack(sequence: .max),
                .pingRequest(sequence: 7, target: "they", address: Self.v6), .nack(sequence: 8),
                .digest(ViewDigest(), wantsAnswer: true), .rumours(Self.claims),
                .attributes([GossipPart.Attributes(name: "a", generation: 5, version: 6, bytes: [1, 2, 3])]),
            ])
    }

    @Test func addressesKeepTheirBytes() {
        #expect(Self.v4.bytes == [192, 0, 2, 7])
        #expect(Self.v6.bytes == [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 9, count: 12))
        #expect(GossipAddress([1, 2, 3], port: 1) == nil)
    }

    @Test func aListTakesOnlyWhatFits() throws {
        var writer = GossipWriter(sender: Self.record("me"))
        var count = 0
        let items = writer.list(.rumours) { while $0.append(Claim(Self.record("n\(count)"))) { count += 1 } }
        #expect(items == count)
        #expect(count > 20 && writer.bytes.count <= GossipMessage.maximumBytes)
        let message = try #require(GossipMessage(parsing: writer.bytes))
        guard case .rumours(let claims) = message.parts.first else { return #expect(Bool(false), "no rumours") }
        #expect(claims.map(\.record.name) == (0..<count).map { "n\($0)" })
    }

    @Test func anUnknownPartIsSkipped() {
        var bytes = GossipWriter(sender: Self.record("me")).bytes
        bytes += [200, 0, 2, 1, 2]
        #expect(GossipMessage(parsing: bytes)?.parts == [])
    }

    @Test func anIrrefutableAccusationIsNotAMessage() {
        var writer = GossipWriter(sender: Self.record("me"))
        writer.list(.rumours) { _ = $0.append(Claim(Self.record("you", .dead, incarnation: .max))) }
        #expect(GossipMessage(parsing: writer.bytes) == nil)
    }

    @Test func everyTruncationIsRejected() {
        let bytes = Self.everything().bytes
        for length in 0..<bytes.count {
            let short = GossipMessage(parsing: Array(bytes.prefix(length)))
            // Where a part ends, so may a datagram.
            #expect(short == nil || short!.parts.count < 7)
        }
        #expect(GossipMessage(parsing: bytes + [0]) == nil)
        #expect(GossipMessage(parsing: [UInt8](repeating: 1, count: GossipMessage.maximumBytes + 1)) == nil)
    }

    /// What somebody with the key may send by mistake; without the key nothing gets this far.
    @Test(arguments: 1...8)
    func anInstanceSurvivesAnyInput(seed: UInt64) {
        var random = GossipRandom(seed: seed)
        let parameters = GossipParameters()
        var now = GossipTime(uptime: 0, wall: 1_760_000_000_000)
        var instance = GossipInstance(Self.record("you"), parameters: parameters, now: now, seed: seed)
        _ = instance.step(.join([]), now: now)
        for round in 0..<5_000 {
            var bytes = Self.everything().bytes
            switch round % 3 {
            case 0:
                bytes = (0..<Int.random(in: 0...1_300, using: &random)).map { _ in .random(in: 0...255, using: &random)
                }
            case 1: bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            default: break
            }
            for _ in 0..<Int.random(in: 0...8, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            }
            now.uptime += Int64.random(in: 0...200_000, using: &random)
            for directive in instance.step(.datagram(bytes, from: Self.v4), now: now) {
                if case .nameTaken = directive {
                    instance = GossipInstance(Self.record("you"), parameters: parameters, now: now, seed: seed)
                    _ = instance.step(.join([]), now: now)
                    break
                }
            }
            #expect(instance.members.count < parameters.maximumMembers)
            #expect(instance.relays.count <= parameters.maximumRelays)
        }
    }
}
