/// The content of one datagram before sealing.
///
/// ```
///   version 1 | sender (a claim) | part … part
///   part:  kind 1 | length 2 | body
///   claim: name | generation 8 | incarnation 4 | status 1 | boot tag 8 | address
///          | accusers, if suspect or dead | seconds gone 4, if dead or left
/// ```
///
/// Unknown kinds are skipped, so that later versions can add some. Anything else malformed invalidates the whole
/// datagram.
struct GossipMessage: Hashable, Sendable {
    static let version: UInt8 = 1
    /// A datagram of 1,200 bytes is not fragmented on any network; the seal takes 64 of them.
    static let maximumBytes = 1_136

    /// Its status is alive or left.
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

    /// Asks whether the node is reachable and still has that name.
    case ping(sequence: UInt32, target: String)
    case ack(sequence: UInt32)
    /// Asks the receiver to ping the target.
    case pingRequest(sequence: UInt32, target: String, address: GossipAddress)
    /// No answer from the target yet.
    case nack(sequence: UInt32)
    /// Claims about members.
    case rumours([Claim])
    /// The sender's view of some members, in reply to a digest.
    case view([Claim])
    /// The sender's digest, and whether it wants the receiver's.
    case digest(ViewDigest, wantsAnswer: Bool)
    case attributes([Attributes])
}
