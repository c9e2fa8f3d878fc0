import Gossip
import TestSupport
import Testing

@testable import Cluster

@Suite struct DatagramSealTests {
    private static let secret = [UInt8]("a secret that is long enough for everybody".utf8)
    private static let newer = [UInt8]("another secret, with which it is replaced".utf8)

    /// A node and where it is.
    private struct Node {
        var seal: DatagramSeal
        let address: GossipAddress

        init(_ number: UInt8, secret: [UInt8] = DatagramSealTests.secret, previous: [UInt8]? = nil, boot: UInt64 = 0)
            throws
        {
            var random = SeededGenerator(seed: UInt64(number) << 8 | boot)
            seal = try DatagramSeal(secret: secret, previous: previous, using: &random)
            address = GossipAddress([10, 0, 0, number], port: 7_946)!
        }

        /// Sends, and lets both answer each other until one of them reads.
        mutating func tell(_ text: String, to other: inout Node) throws -> DatagramSeal.Opened {
            var result = DatagramSeal.Opened.refused(.unsealed)
            for datagram in try seal.seal([UInt8](text.utf8), to: other.address) {
                result = other.seal.open(datagram, from: address)
                guard case .challenged(let answers) = result else { continue }
                for answer in answers {
                    guard case .answer(let again) = seal.open(answer, from: other.address) else { continue }
                    for datagram in again { result = other.seal.open(datagram, from: address) }
                }
                if case .payload = result { return result }
            }
            return result
        }
    }

    private func text(_ text: String) -> DatagramSeal.Opened { .payload([UInt8](text.utf8)) }

    @Test func peersMeetByAChallengeAndThenReadDirectly() throws {
        var (a, b) = (try Node(1), try Node(2))
        #expect(try a.tell("one", to: &b) == text("one"))
        let datagrams = try a.seal.seal([UInt8]("two".utf8), to: b.address)
        #expect(datagrams.map { b.seal.open($0, from: a.address) } == [text("two")])
        let back = try b.seal.seal([UInt8]("three".utf8), to: a.address)
        #expect(back.map { a.seal.open($0, from: b.address) } == [text("three")])
    }

    /// As a socket that listens on all addresses of a machine with several.
    @Test func answersFromAnotherAddressAreRead() throws {
        var a = try Node(1)
        let other = GossipAddress([10, 0, 0, 99], port: 7_946)!
        for boot in 0..<3 {
            var b = try Node(2, boot: UInt64(boot))
            if boot > 0 {
                // Told of b's restart by what it does not read.
                let lost = try a.seal.seal([1], to: b.address)
                guard case .challenged(let challenge) = b.seal.open(lost[0], from: a.address) else {
                    Issue.record("no challenge")
                    return
                }
                #expect(a.seal.open(challenge[0], from: other) == .answer([]))
            } else {
                let first = try a.seal.seal([UInt8]("first".utf8), to: b.address)
                guard case .challenged(let challenge) = b.seal.open(first[0], from: a.address),
                    case .answer(let again) = a.seal.open(challenge[0], from: other)
                else {
                    Issue.record("no challenge, or none that was understood")
                    return
                }
                #expect(again.map { b.seal.open($0, from: a.address) } == [text("first")])
            }
            let datagrams = try a.seal.seal([UInt8]("two".utf8), to: b.address)
            #expect(datagrams.map { b.seal.open($0, from: a.address) } == [text("two")], "boot \(boot)")
        }
    }

    @Test func aRepeatedDatagramIsReadOnce() throws {
        var (a, b) = (try Node(1), try Node(2))
        _ = try a.tell("hello", to: &b)
        let datagram = try a.seal.seal([1, 2, 3], to: b.address)[0]
        #expect(b.seal.open(datagram, from: a.address) == .payload([1, 2, 3]))
        #expect(b.seal.open(datagram, from: a.address) == .refused(.replayed))
    }

    @Test func datagramsRecordedBeforeARestartAreNotRead() throws {
        var (a, b) = (try Node(1), try Node(2))
        _ = try a.tell("hello", to: &b)
        let recorded = try a.seal.seal([1, 2, 3], to: b.address)[0]
        b = try Node(2, boot: 1)
        guard case .challenged(let challenge) = b.seal.open(recorded, from: a.address) else {
            Issue.record("no challenge")
            return
        }
        // The sender itself learns by that challenge who is there now.
        #expect(a.seal.open(challenge[0], from: b.address) == .answer([]))
        #expect(try a.tell("again", to: &b) == text("again"))
    }

    @Test func foreignAndDamagedDatagramsGetNoAnswer() throws {
        var (a, b) = (try Node(1), try Node(2))
        _ = try a.tell("hello", to: &b)
        var stranger = try Node(3, secret: Self.newer)
        #expect(
            try stranger.seal.seal([1], to: b.address).map { b.seal.open($0, from: stranger.address) }
                == [.refused(.unsealed)])
        let datagram = try a.seal.seal([1, 2, 3], to: b.address)[0]
        for bit in 0..<(datagram.count * 8) {
            var damaged = datagram
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(b.seal.open(damaged, from: a.address) == .refused(.unsealed))
        }
        for length in 0..<datagram.count {
            #expect(b.seal.open(Array(datagram.prefix(length)), from: a.address) == .refused(.unsealed))
        }
        #expect(b.seal.open([UInt8](repeating: 1, count: 1_201), from: a.address) == .refused(.unsealed))
        #expect(b.seal.open(datagram, from: a.address) == .payload([1, 2, 3]))
    }

    @Test func datagramsReflectedToTheirSenderAreNotRead() throws {
        var a = try Node(1)
        let datagram = try a.seal.seal([1], to: GossipAddress([10, 0, 0, 2], port: 1)!)[0]
        #expect(a.seal.open(datagram, from: a.address) == .refused(.unsealed))
    }

    @Test func secretsAreRotatedWithoutInterruption() throws {
        var old = try Node(1)
        var changing = try Node(2, secret: Self.newer, previous: Self.secret)
        var new = try Node(3, secret: Self.newer)
        #expect(try old.tell("a", to: &changing) == text("a"))
        #expect(try changing.tell("b", to: &old) == text("b"))
        #expect(try new.tell("c", to: &changing) == text("c"))
        #expect(try changing.tell("d", to: &new) == text("d"))
        var another = try Node(4)
        #expect(try changing.tell("e", to: &another) == text("e"))
        #expect(try new.tell("f", to: &old) == .refused(.unsealed))
    }

    @Test func aSealedDatagramOfTheLargestMessageFits() throws {
        var a = try Node(1)
        let datagram = try a.seal.seal([UInt8](repeating: 7, count: 1_136), to: a.address)[0]
        #expect(datagram.count <= DatagramSeal.maximumDatagram)
    }
}
