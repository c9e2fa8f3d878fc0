import ChatModel
import NIOCore
import NIOPosix
import Synchronization

/// Searches any log by reading it backwards. The log does the reading; comparing is CPU-heavy and runs page by page on
/// its own threads, so that it blocks neither event loops nor file serving.
final class RoomSearch: Sendable {
    /// Maximum concurrent searches on this node: each keeps a page in memory, and users wait for the thread queue.
    static let maximumAtOnce = 32
    static let maximumAtOnceOfAddress = 8

    /// Shared by the whole process. Each search has at most one page here, which bounds the queue.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: max(1, System.coreCount / 2))
        threads.start()
        return threads
    }()

    private struct UnderWay {
        var count = 0
        var ofAddress: [String: Int] = [:]
    }

    private struct Question: Sendable {
        let room: RoomName
        let user: UserID
        let address: String
        let addressDigest: AddressDigest?
        let eventLoop: any EventLoop
        let begun = NIODeadline.now()
        let completion: @Sendable (Result<SearchPage, RelayError>) -> Void
    }

    private let log: any RoomLog
    private let metrics: SearchMetrics
    private let underWay = Mutex(UnderWay())

    init(log: any RoomLog, metrics: SearchMetrics) {
        self.log = log
        self.metrics = metrics
    }

    /// Goes back from `before`, or from the newest message, until enough is found or enough was examined. Same rules as
    /// `RoomLog.read`.
    /// - Parameters:
    ///   - address: the client's: each address has a share of the concurrent searches.
    ///   - digest: of that address, for which the user may be refused.
    func search(
        for query: SearchQuery, before: MessageID?, in room: RoomName, by user: UserID,
        at address: String, from digest: AddressDigest? = nil, on eventLoop: any EventLoop,
        completion: @escaping @Sendable (Result<SearchPage, RelayError>) -> Void
    ) {
        let isTaken = underWay.withLock { underWay in
            let ofAddress = underWay.ofAddress[address, default: 0]
            guard underWay.count < Self.maximumAtOnce, ofAddress < Self.maximumAtOnceOfAddress else { return false }
            underWay.count += 1
            underWay.ofAddress[address] = ofAddress + 1
            return true
        }
        guard isTaken else {
            metrics.refused()
            return completion(.failure(RelayError(.overloaded, "too many concurrent searches, try again")))
        }
        let question = Question(
            room: room, user: user, address: address, addressDigest: digest, eventLoop: eventLoop,
            completion: completion)
        let pass = SearchPass(query, before: before)
        read(pass.range, of: pass, for: question)
    }

    private func read(_ range: LogRange, of pass: SearchPass, for question: Question) {
        let reader = LogReader.history(
            of: question.address, by: question.user, from: question.addressDigest)
        log.read(range, of: question.room, for: reader, on: question.eventLoop) { result in
            switch result {
            case .failure(let error): self.end(question, pass, with: .failure(error))
            case .success(let page): self.look(through: page, pass, for: question)
            }
        }
    }

    private func look(through page: LogPage, _ pass: SearchPass, for question: Question) {
        let looked = Self.threads.runIfActive(eventLoop: question.eventLoop) {
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
                let error = RelayError(.unavailable, "the room's log was replaced, try again")
                self.end(question, pass, with: .failure(error))
            case .failure(let error):
                self.end(question, pass, with: .failure(RelayError(.unavailable, "\(error)")))
            }
        }
    }

    private func end(_ question: Question, _ pass: SearchPass, with result: Result<SearchPage, RelayError>) {
        underWay.withLock { underWay in
            underWay.count -= 1
            let rest = underWay.ofAddress[question.address, default: 1] - 1
            underWay.ofAddress[question.address] = rest > 0 ? rest : nil
        }
        var answered = false
        if case .success = result { answered = true }
        metrics.ended(answered: answered, begun: question.begun, entries: pass.entries)
        question.completion(result)
    }
}
