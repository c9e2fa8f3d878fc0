package import ChatModel
internal import Synchronization

/// This node's incarnation, and the only owner of its generation: code that finds a higher one for its name raises it
/// here, and callers read it on each use. Safe from any thread.
package final class NodeIdentity: Sendable {
    package let name: String
    private let generation: Mutex<UInt64>

    /// - Parameters:
    ///   - name: checked by `NodeCard.isValidName`.
    ///   - generation: the wall clock in milliseconds.
    package init(name: String, generation: UInt64) {
        precondition(NodeCard.isValidName(name), "invalid node name \(name)")
        self.name = name
        self.generation = Mutex(generation)
    }

    package var own: NodeIncarnation {
        NodeIncarnation(name: name, generation: generation.withLock { $0 })
    }

    /// Never lowers it.
    func raise(to generation: UInt64) {
        self.generation.withLock { $0 = max($0, generation) }
    }
}
