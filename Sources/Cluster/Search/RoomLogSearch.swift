package import ChatModel
package import NIOCore
import NIOPosix
import Synchronization

/// Searches by reading the log backwards, whatever log that is. Reading is the log's; comparing takes its time and is done
/// on a thread pool, page by page, so that no event loop waits for it.
package final class RoomLogSearch: RoomSearch {
    /// Searches of this node at one time: each keeps a page in memory, and what waits for the threads waits no longer than
    /// a person does.
    package static let maximumAtOnce = 32

    private struct Question: Sendable {
        let room: RoomName
        let eventLoop: any EventLoop
        let begun = NIODeadline.now()
        let completion: @Sendable (Result<SearchPage, RelayError>) -> Void
    }

    private let log: any RoomLog
    private let metrics: SearchMetrics
    private let underWay = Atomic<Int>(0)

    package init(log: any RoomLog, metrics: SearchMetrics) {
        self.log = log
        self.metrics = metrics
    }

    package func search(
        for query: SearchQuery, before: MessageID?, in room: RoomName, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SearchPage, RelayError>) -> Void
    ) {
        guard underWay.wrappingAdd(1, ordering: .relaxed).oldValue < Self.maximumAtOnce else {
            underWay.wrappingSubtract(1, ordering: .relaxed)
            metrics.refused()
            return completion(.failure(RelayError(.overloaded, "too many searches at once, ask again")))
        }
        let question = Question(room: room, eventLoop: eventLoop, completion: completion)
        let pass = SearchPass(query, before: before)
        read(pass.range, of: pass, for: question)
    }

    private func read(_ range: LogRange, of pass: SearchPass, for question: Question) {
        log.read(range, of: question.room, on: question.eventLoop) { result in
            switch result {
            case .failure(let error): self.end(question, pass, with: .failure(error))
            case .success(let page): self.look(through: page, pass, for: question)
            }
        }
    }

    private func look(through page: LogPage, _ pass: SearchPass, for question: Question) {
        let looked = NIOThreadPool.singleton.runIfActive(eventLoop: question.eventLoop) {
            () -> (SearchPass, SearchPass.Step) in
            var pass = pass
            let step = pass.look(through: page)
            return (pass, step)
        }
        looked.whenComplete { result in
            switch result {
            case .success((let pass, .read(let range))):
                self.read(range, of: pass, for: question)
            case .success((let pass, .answer(let answer))):
                self.end(question, pass, with: .success(answer))
            case .success((let pass, .logReplaced)):
                let error = RelayError(.unavailable, "the room's log has begun anew, ask again")
                self.end(question, pass, with: .failure(error))
            case .failure(let error):
                self.end(question, pass, with: .failure(RelayError(.unavailable, "\(error)")))
            }
        }
    }

    private func end(_ question: Question, _ pass: SearchPass, with result: Result<SearchPage, RelayError>) {
        underWay.wrappingSubtract(1, ordering: .relaxed)
        var answered = false
        if case .success = result { answered = true }
        metrics.ended(answered: answered, begun: question.begun, entries: pass.entries)
        question.completion(result)
    }
}
