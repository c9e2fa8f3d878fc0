/// What one datagram says, before it is sealed.
///
/// ```
///   version 1 | sender (a claim) | part … part
///   part:  kind 1 | length 2 | body
///   claim: name | generation 8 | incarnation 4 | status 1 | boot tag 8 | address
///          | accusers, if suspect or dead | seconds gone 4, if dead or left
/// ```
///
/// A kind that is not known is skipped: a later version may add some. Anything else that does not fit makes the whole
/// datagram worth nothing.
struct GossipMessage: Hashable, Sendable {
    static let version: UInt8 = 1
    /// A datagram of 1,200 bytes crosses every network in one piece; the seal takes 64 of them.
    static let maximumBytes = 1_136

    /// Alive, or left.
    let sender: MemberRecord
    let parts: [GossipPart]
}

enum GossipPart: Hashable, Sendable {
    enum Kind: UInt8, CaseIterable {
        case ping = 1, ack, pingRequest, nack, rumours, view, digest, attributes
    }

    struct Attributes: Hashable, Sendable {
        let name: String
        let generation: UInt64
        let version: UInt32
        let bytes: [UInt8]
    }

    /// Are you there, and still called that?
    case ping(sequence: UInt32, target: String)
    case ack(sequence: UInt32)
    /// Ping that one for me.
    case pingRequest(sequence: UInt32, target: String, address: GossipAddress)
    /// I asked it for you, and heard nothing yet.
    case nack(sequence: UInt32)
    /// News.
    case rumours([Claim])
    /// The sender's view of some members, as it answers a digest.
    case view([Claim])
    /// The sender's view in short; whether it wants the receiver's.
    case digest(ViewDigest, wantsAnswer: Bool)
    case attributes([Attributes])
}
