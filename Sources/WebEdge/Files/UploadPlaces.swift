import Synchronization

/// Counts the uploads in progress: each holds a connection, a file and some buffers for as long as its client needs.
final class UploadPlaces: Sendable {
    /// On this node.
    static let most = 64
    static let mostOfAddress = 8

    enum Refusal: Hashable { case address, node }

    private let taken = Mutex<(count: Int, addresses: [String: Int])>((0, [:]))

    /// Each place that was taken must be left.
    func take(_ address: String) -> Refusal? {
        taken.withLock { taken in
            guard taken.count < Self.most else { return .node }
            guard taken.addresses[address, default: 0] < Self.mostOfAddress else { return .address }
            taken.count += 1
            taken.addresses[address, default: 0] += 1
            return nil
        }
    }

    func leave(_ address: String) {
        taken.withLock { taken in
            taken.count -= 1
            let rest = taken.addresses[address, default: 1] - 1
            taken.addresses[address] = rest > 0 ? rest : nil
        }
    }

    var count: Int { taken.withLock(\.count) }
}
