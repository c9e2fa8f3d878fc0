package import ChatModel
internal import Synchronization

/// Which life of the node this is. The one owner of its generation: whoever finds a higher one of its name raises it here,
/// and whoever speaks for the node asks here each time. Safe from any thread.
package final class NodeIdentity: Sendable {
    package let name: String
    private let generation: Mutex<UInt64>

    /// - Parameters:
    ///   - name: checked by `NodeCard.isValidName`.
    ///   - generation: the wall clock in milliseconds.
    package init(name: String, generation: UInt64) {
        precondition(NodeCard.isValidName(name), "the node name \(name) was not checked")
        self.name = name
        self.generation = Mutex(generation)
    }

    package var own: NodeIncarnation {
        NodeIncarnation(name: name, generation: generation.withLock { $0 })
    }

    /// It never falls.
    func raise(to generation: UInt64) {
        self.generation.withLock { $0 = max($0, generation) }
    }
}
