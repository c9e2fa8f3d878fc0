package import ChatModel
package import NIOCore

/// The relay of an embedded node: log and receiver are in this process. Every call completes before it returns; a
/// message is delivered before its publisher gets the receipt.
package struct InMemoryRelay: Relay {
    private let store: InMemoryStore
    /// This node's name, the `origin` of its messages.
    private let node: String

    package init(store: InMemoryStore, node: String) {
        self.store = store
        self.node = node
    }

    /// Sets the receiver of all subscribed rooms. Call once, before the first subscription. Not retained.
    package func attach(_ receiver: any RelayReceiver) {
        store.attach(receiver)
    }

    package func publish(
        _ draft: MessageDraft, to room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<PublishReceipt, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        switch store.append(draft, to: room) {
        case .appended(let appended):
            let epoch = appended.receipt.position.epoch
            appended.receiver?.deliver([.message(appended.message, epoch: epoch, origin: node)], to: room)
            completion(.success(appended.receipt))
        case .duplicate(let receipt):
            completion(.success(receipt))
        case .refused(let error):
            completion(.failure(error))
        }
    }

    package func signal(_ signal: RoomSignal, to room: RoomName, on eventLoop: any EventLoop) {
        eventLoop.assertInEventLoop()
        store.listener(of: room)?.deliver([.signal(signal)], to: room)
    }

    package func ask(
        _ question: JourneyQuestion, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<Int, RelayError>) -> Void
    ) {
        eventLoop.assertInEventLoop()
        let listener = store.listener(of: room)
        listener?.deliver([.signal(.asked(question))], to: room)
        completion(.success(listener == nil ? 0 : 1))
    }

    package func answer(_ answer: JourneyAnswer, to node: String, on eventLoop: any EventLoop) {
        eventLoop.assertInEventLoop()
        store.listener(of: answer.room)?.deliver([.signal(.answered(answer))], to: answer.room)
    }

    /// There is no other node to compare times with.
    package var logTime: LogTime? { nil }

    package func subscribe(
        to room: RoomName, on eventLoop: any EventLoop, completion: @escaping @Sendable () -> Void
    ) {
        eventLoop.assertInEventLoop()
        store.subscribe(to: room)
        completion()
    }

    package func unsubscribe(from room: RoomName, on eventLoop: any EventLoop) {
        eventLoop.assertInEventLoop()
        store.unsubscribe(from: room)
    }
}
