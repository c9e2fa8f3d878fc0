internal import Gossip
internal import Sealing

/// Encrypts and authenticates gossip datagrams. Those that fail to open are counted and never answered.
///
/// ```
///   version 1 | key id 4 | sender's salt 16 | counter 8 | receiver's salt 16 | sealed: kind 1, payload | tag 16
/// ```
///
/// A node draws a random salt when it starts. Its datagrams are sealed with a key derived for that salt, with the
/// counter as nonce, so no nonce is ever reused, however often nodes restart. Each datagram names its receiver's salt.
/// If it names another one (the sender does not know it yet, or the datagram was recorded before the receiver
/// restarted), it is not read but answered with a challenge that contains the salt, and the sender resends it. A
/// datagram with the right salt is read once: see `ReplayWindow`. A challenge names the counter of the datagram it
/// answers, because it may come from another address than the one addressed: a socket bound to all addresses answers
/// from whichever the system picks.
///
/// During a secret rotation both secrets are accepted. A peer is answered with the secret it uses; an unknown peer is
/// sent both. Owned by the transport. Pure except for the salt, whose randomness is passed in.
struct DatagramSeal: Sendable {
    enum Opened: Equatable {
        case payload([UInt8])
        /// Nothing to read, but send these back.
        case answer([[UInt8]])
        /// Meant for another boot of this node, or from an unknown peer: not read, answered with these.
        case challenged([[UInt8]])
        case refused(Refusal)
    }

    enum Refusal: String, CaseIterable, Sendable {
        /// Not sealed by this cluster, or damaged.
        case unsealed
        /// Seen before, or older than the window.
        case replayed
    }

    static let saltLength = 16
    static let headerLength = 1 + ClusterKey.idLength + saltLength + 8 + saltLength
    static let overhead = headerLength + 1 + Sealer.tagLength
    /// Small enough to cross any network unfragmented.
    static let maximumDatagram = 1_200
    /// Maximum number of boots and addresses kept: twice the maximum number of nodes.
    static let maximumPeers = 8_192
    /// Addresses for which a datagram is kept until their salt is known.
    static let maximumWaiting = 256
    /// Sent datagrams whose destination is remembered.
    static let maximumSent = 1_024

    private static let version: UInt8 = 1
    private static let noSalt = [UInt8](repeating: 0, count: saltLength)

    private enum Kind: UInt8 { case payload, challenge }

    /// One boot of a node, and the secret it used.
    private struct Boot: Hashable {
        let salt: [UInt8]
        /// Index into `keys`.
        let key: Int
    }

    private struct Listener {
        let sealer: Sealer
        var window = ReplayWindow()
    }

    let salt: [UInt8]
    /// The current key and, during a rotation, the previous one, with their sealers.
    private let keys: [ClusterKey]
    private let sealers: [Sealer]
    private var counter: UInt64 = 0
    private var boots = BoundedTable<Boot, Listener>(limit: maximumPeers)
    private var peers = BoundedTable<GossipAddress, Boot>(limit: maximumPeers)
    private var waiting = BoundedTable<GossipAddress, [UInt8]>(limit: maximumWaiting)
    /// By counter.
    private var sent = BoundedTable<UInt64, GossipAddress>(limit: maximumSent)

    /// - `previous`: still accepted during a secret rotation.
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

    /// - Returns: the datagrams to send: usually one.
    mutating func seal(_ payload: [UInt8], to address: GossipAddress) throws(SealingError) -> [[UInt8]] {
        if let peer = peers[address] { return [try seal(payload, for: peer, at: address)] }
        waiting.set(address, payload)
        var datagrams: [[UInt8]] = []
        for key in keys.indices {
            datagrams.append(try seal(payload, for: Boot(salt: Self.noSalt, key: key), at: address))
        }
        return datagrams
    }

    private mutating func seal(_ payload: [UInt8], for peer: Boot, at address: GossipAddress) throws(SealingError)
        -> [UInt8]
    {
        let datagram = try seal(.payload, payload, for: peer)
        sent.set(counter, address)
        return datagram
    }

    private mutating func seal(_ kind: Kind, _ payload: [UInt8], for peer: Boot) throws(SealingError) -> [UInt8] {
        precondition(payload.count + Self.overhead <= Self.maximumDatagram, "\(payload.count) bytes are too long")
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
        guard receiver.elementsEqual(salt) else { return challenge(sender, count: count) }
        let number = Self.number(count)
        // Remember only peers that know this node's salt, so that replayed recordings use no memory.
        if boots[sender] == nil { boots.set(sender, listener) }
        guard boots.update(sender, { $0.window.admit(number) }) == true else { return .refused(.replayed) }
        peers.set(address, sender)
        let waited = waiting.remove(address)
        switch kind {
        case .payload: return .payload(Array(plain.dropFirst()))
        case .challenge:
            // Nodes of an earlier version send no counter.
            let spokenTo = plain.count == 9 ? sent[Self.number(plain.dropFirst())] ?? address : address
            peers.set(spokenTo, sender)
            guard let waited = waiting.remove(spokenTo) ?? waited,
                let again = try? seal(waited, for: sender, at: spokenTo)
            else { return .answer([]) }
            return .answer([again])
        }
    }

    private mutating func challenge(_ sender: Boot, count: ArraySlice<UInt8>) -> Opened {
        guard let challenge = try? seal(.challenge, Array(count), for: sender) else { return .challenged([]) }
        return .challenged([challenge])
    }

    private static func bytes(_ number: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> UInt64($0)) }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func nonce(_ counter: [UInt8]) -> [UInt8] {
        [UInt8](repeating: 0, count: Sealer.nonceLength - counter.count) + counter
    }
}
