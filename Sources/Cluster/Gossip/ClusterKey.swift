internal import Sealing

/// Keys for datagrams, derived from a cluster secret: an id that identifies the secret, and a sealer per boot of each
/// node, so that every counter can start at one.
struct ClusterKey: Sendable {
    static let idLength = 4

    let id: [UInt8]
    private let secret: [UInt8]

    init(secret: [UInt8]) throws(SealingError) {
        self.secret = secret
        id = try KeyDerivation.derive(
            from: secret, salt: [], purpose: Array("gossip-key-id".utf8), length: Self.idLength)
    }

    /// - `salt`: the salt of the sender's boot.
    func sealer(salt: [UInt8]) throws(SealingError) -> Sealer {
        Sealer(
            key: try KeyDerivation.derive(
                from: secret, salt: salt, purpose: Array("gossip".utf8), length: Sealer.keyLength))
    }
}
