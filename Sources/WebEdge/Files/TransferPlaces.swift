import ChatModel
import Synchronization

/// Counts the uploads, or the downloads, in progress: each holds a connection, a file and some buffers for as long as
/// its client needs. One per node and kind.
final class TransferPlaces: Sendable {
    enum Refusal: Hashable {
        case address, node
        /// It is being transferred already.
        case file
    }

    /// Is given up when nothing refers to it.
    final class Place: Sendable {
        private let leave: @Sendable () -> Void

        fileprivate init(leave: @escaping @Sendable () -> Void) { self.leave = leave }

        deinit { leave() }
    }

    private struct Taken {
        var count = 0
        var addresses: [String: Int] = [:]
        var files: Set<FileID> = []
    }

    /// On this node.
    let most: Int
    let mostOfAddress: Int
    private let onChange: @Sendable (_ count: Int) -> Void
    private let taken = Mutex(Taken())

    init(most: Int, mostOfAddress: Int, onChange: @escaping @Sendable (_ count: Int) -> Void) {
        self.most = most
        self.mostOfAddress = mostOfAddress
        self.onChange = onChange
    }

    /// - `file`: to be transferred by no other at the same time.
    func take(_ address: String, for file: FileID? = nil) -> Result<Place, Refusal> {
        let refusal = taken.withLock { taken -> Refusal? in
            guard taken.count < most else { return .node }
            guard taken.addresses[address, default: 0] < mostOfAddress else { return .address }
            if let file {
                guard taken.files.insert(file).inserted else { return .file }
            }
            taken.count += 1
            taken.addresses[address, default: 0] += 1
            onChange(taken.count)
            return nil
        }
        if let refusal { return .failure(refusal) }
        return .success(Place { [self] in leave(address, file) })
    }

    private func leave(_ address: String, _ file: FileID?) {
        taken.withLock { taken in
            taken.count -= 1
            let rest = taken.addresses[address, default: 1] - 1
            taken.addresses[address] = rest > 0 ? rest : nil
            if let file { taken.files.remove(file) }
            onChange(taken.count)
        }
    }
}

extension TransferPlaces.Refusal: Error {}
