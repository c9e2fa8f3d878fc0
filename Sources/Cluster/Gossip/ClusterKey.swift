internal import Sealing

/// What a cluster's secret gives for datagrams: an id that tells which secret it was, and a sealer for each boot of each
/// node, so that counters may begin at one everywhere.
struct ClusterKey: Sendable {
    static let idLength = 4

    let id: [UInt8]
    private let secret: [UInt8]

    init(secret: [UInt8]) throws(SealingError) {
        self.secret = secret
        id = try KeyDerivation.derive(
            from: secret, salt: [], purpose: Array("gossip-key-id".utf8), length: Self.idLength)
    }

    /// - `salt`: of the boot of whoever seals.
    func sealer(salt: [UInt8]) throws(SealingError) -> Sealer {
        Sealer(
            key: try KeyDerivation.derive(
                from: secret, salt: salt, purpose: Array("gossip".utf8), length: Sealer.keyLength))
    }
}
