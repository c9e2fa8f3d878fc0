internal import Gossip
internal import Sealing

/// Hides and signs gossip's datagrams. What does not open is nobody's: it is counted and never answered.
///
/// ```
///   version 1 | key id 4 | sender's salt 16 | counter 8 | receiver's salt 16 | sealed: kind 1, payload | tag 16
/// ```
///
/// A node draws a salt when it starts. Its datagrams are sealed with a key derived for that salt, with the counter as
/// nonce: no nonce is used twice, however often nodes restart. Each datagram names the salt of its receiver. One that
/// does not (its sender does not know it yet, or it was recorded before the receiver restarted) is not read; it is
/// answered by a challenge that tells the salt, and its sender sends it again. What names the right salt is read once:
/// see `ReplayWindow`.
///
/// While a secret is being replaced both are accepted. A peer is answered with the one it uses itself, and a stranger is
/// spoken to with both. Owned by the transport; pure but for the salt, whose randomness is passed in.
struct DatagramSeal: Sendable {
    enum Opened: Equatable {
        case payload([UInt8])
        /// Nothing to read, but these have to be sent back.
        case answer([[UInt8]])
        /// Meant for another life of this node, or for a stranger: not read, and answered with these.
        case challenged([[UInt8]])
        case refused(Refusal)
    }

    enum Refusal: String, CaseIterable, Sendable {
        /// Not sealed by this cluster, or damaged.
        case unsealed
        /// Seen before, or older than is remembered.
        case replayed
    }

    static let saltLength = 16
    static let headerLength = 1 + ClusterKey.idLength + saltLength + 8 + saltLength
    static let overhead = headerLength + 1 + Sealer.tagLength
    /// A datagram of this size crosses every network in one piece.
    static let maximumDatagram = 1_200
    /// Boots of nodes whose counters are remembered; and addresses whose salt is. Twice the members a cluster may have.
    static let maximumPeers = 8_192
    /// Addresses for which a datagram is kept until their salt is known.
    static let maximumWaiting = 256

    private static let version: UInt8 = 1
    private static let noSalt = [UInt8](repeating: 0, count: saltLength)

    private enum Kind: UInt8 { case payload, challenge }

    /// A life of a node and the secret it used.
    private struct Boot: Hashable {
        let salt: [UInt8]
        /// Index in `keys`.
        let key: Int
    }

    private struct Listener {
        let sealer: Sealer
        var window = ReplayWindow()
    }

    let salt: [UInt8]
    /// The current one, and the previous one if there is one; with what seals for either.
    private let keys: [ClusterKey]
    private let sealers: [Sealer]
    private var counter: UInt64 = 0
    private var boots = BoundedTable<Boot, Listener>(limit: maximumPeers)
    private var peers = BoundedTable<GossipAddress, Boot>(limit: maximumPeers)
    private var waiting = BoundedTable<GossipAddress, [UInt8]>(limit: maximumWaiting)

    /// - `previous`: still accepted, while a new secret is being brought in.
    init(secret: [UInt8], previous: [UInt8]?, using random: inout some RandomNumberGenerator) throws(SealingError) {
        let salt = (0..<Self.saltLength).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        var keys = [try ClusterKey(secret: secret)]
        if let previous { keys.append(try ClusterKey(secret: previous)) }
        var sealers: [Sealer] = []
        for key in keys { sealers.append(try key.sealer(salt: salt)) }
        self.salt = salt
        self.keys = keys
        self.sealers = sealers
    }

    // MARK: - Sealing

    /// - Returns: the datagrams that have to be sent for it: usually one.
    mutating func seal(_ payload: [UInt8], to address: GossipAddress) throws(SealingError) -> [[UInt8]] {
        if let peer = peers[address] { return [try seal(.payload, payload, for: peer)] }
        waiting.set(address, payload)
        var datagrams: [[UInt8]] = []
        for key in keys.indices {
            datagrams.append(try seal(.payload, payload, for: Boot(salt: Self.noSalt, key: key)))
        }
        return datagrams
    }

    private mutating func seal(_ kind: Kind, _ payload: [UInt8], for peer: Boot) throws(SealingError) -> [UInt8] {
        precondition(payload.count + Self.overhead <= Self.maximumDatagram, "a payload of \(payload.count) bytes")
        counter += 1
        let count = Self.bytes(counter)
        let header = [Self.version] + keys[peer.key].id + salt + count + peer.salt
        return header
            + (try sealers[peer.key].seal([kind.rawValue] + payload, nonce: Self.nonce(count), context: header))
    }

    // MARK: - Opening

    mutating func open(_ datagram: [UInt8], from address: GossipAddress) -> Opened {
        guard datagram.count >= Self.overhead, datagram.count <= Self.maximumDatagram, datagram[0] == Self.version,
            let key = keys.firstIndex(where: { $0.id.elementsEqual(datagram[1..<5]) })
        else { return .refused(.unsealed) }
        let sender = Boot(salt: Array(datagram[5..<21]), key: key)
        let count = datagram[21..<29]
        let receiver = datagram[29..<Self.headerLength]
        let listener: Listener
        if let known = boots[sender] {
            listener = known
        } else if let sealer = try? keys[key].sealer(salt: sender.salt) {
            listener = Listener(sealer: sealer)
        } else {
            return .refused(.unsealed)
        }
        guard sender.salt != salt,
            let plain = try? listener.sealer.open(
                Array(datagram[Self.headerLength...]), nonce: Self.nonce(Array(count)),
                context: Array(datagram[..<Self.headerLength])),
            let kind = plain.first.flatMap(Kind.init)
        else { return .refused(.unsealed) }
        guard receiver.elementsEqual(salt) else { return challenge(sender) }
        let number = count.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // Only who knows this node's salt is remembered: what was recorded elsewhere takes no room.
        if boots[sender] == nil { boots.set(sender, listener) }
        guard boots.update(sender, { $0.window.admit(number) }) == true else { return .refused(.replayed) }
        peers.set(address, sender)
        let waited = waiting.remove(address)
        switch kind {
        case .payload: return .payload(Array(plain.dropFirst()))
        case .challenge:
            guard let waited, let again = try? seal(.payload, waited, for: sender) else { return .answer([]) }
            return .answer([again])
        }
    }

    private mutating func challenge(_ sender: Boot) -> Opened {
        guard let challenge = try? seal(.challenge, [], for: sender) else { return .challenged([]) }
        return .challenged([challenge])
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
    }

    private static func nonce(_ counter: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0, count: Sealer.nonceLength - counter.count) + counter
    }
}
