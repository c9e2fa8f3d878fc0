import ChatModel
import Cluster
import TestSupport
import Testing

/// Several drafts in one call, in Redis and in memory: the same as one after the other.
@Suite struct BatchConformanceTests {
    private enum Outcome: Equatable {
        case new(UInt64)
        case duplicate(UInt64)
        case refused(RelayError.Code)

        init(_ result: Result<PublishReceipt, RelayError>) {
            self =
                switch result {
                case .success(let receipt) where receipt.duplicate: .duplicate(receipt.position.id.seq)
                case .success(let receipt): .new(receipt.position.id.seq)
                case .failure(let error): .refused(error.code)
                }
        }
    }

    @Test(arguments: TestedBackend.Kind.allCases)
    func draftsOfOneCallSeeOneAnother(kind: TestedBackend.Kind) async throws {
        try await TestedBackend.with(kind) { backend in
            let id = try await backend.publish(backend.draft("first", user: "ann")).position.id
            func act(_ act: MessageAct, _ text: String = "", by user: String, key: String = "") -> MessageDraft {
                MessageDraft(user: UserID(user), name: user, text: text, key: key, act: act)
            }
            let drafts = [
                backend.draft("a", user: "ann", key: "1"), backend.draft("a", user: "ann", key: "1"),
                backend.draft("b", user: "bob", key: "1"), act(.edit(id), "by another", by: "bob", key: "2"),
                act(.edit(id), "by the author", by: "ann", key: "2"), backend.draft("no key"),
                act(.react(id, emoji: "👍", on: true), by: "bob"), act(.delete(id), by: "ann", key: "3"),
                act(.edit(id), "too late", by: "ann", key: "4"), act(.delete(id), by: "ann", key: "3"),
            ]
            let outcomes = try await backend.publish(drafts, atOnce: drafts.count).map(Outcome.init)
            #expect(
                outcomes == [
                    .new(2), .duplicate(2), .new(3), .refused(.forbidden), .new(4), .new(5), .new(6), .new(7),
                    .refused(.notFound), .duplicate(7),
                ])
            let read = try await backend.all()
            #expect(read.map(\.id.seq) == Array(1...7))
            #expect(read[0].state == .deleted)
        }
    }

    /// The same drafts, once in calls of one, once in calls of several.
    @Test(arguments: TestedBackend.Kind.allCases, UInt64(0)..<4)
    func theSizeOfACallChangesNothing(kind: TestedBackend.Kind, seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var outcomes: [[Outcome]] = []
        var logs: [[String]] = []
        let choices = (0..<150).map { _ in
            (Int.random(in: 0..<6, using: &random), UInt64.random(in: 1...60, using: &random))
        }
        for size in [1, Int.random(in: 2...64, using: &random), 64] {
            try await TestedBackend.with(kind) { backend in
                var ids: [MessageID] = []
                for result in try await backend.publish((1...60).map { backend.draft("\($0)", user: "u\($0 % 3)") }) {
                    ids.append(try result.get().position.id)
                }
                let drafts = choices.map { choice, number -> MessageDraft in
                    let (id, user) = (ids[Int(number) - 1], "u\(number % 4)")
                    let act: MessageAct? =
                        switch choice {
                        case 0: .edit(id)
                        case 1: .delete(id)
                        case 2: .react(id, emoji: "👍", on: number.isMultiple(of: 3))
                        default: nil
                        }
                    return MessageDraft(
                        user: UserID(user), name: user, text: choice == 1 || choice == 2 ? "" : "text \(number)",
                        key: choice == 5 ? "" : "\(choice) \(number)", act: act, re: choice == 4 ? id : nil)
                }
                outcomes.append(try await backend.publish(drafts, atOnce: size).map(Outcome.init))
                logs.append(
                    try await backend.all().map {
                        "\($0.id.seq) \($0.text) \($0.re?.seq ?? 0) \($0.state.map { "\($0)" } ?? "")"
                    })
            }
        }
        // Ids within a state differ in their time.
        let unified = logs.map { $0.map { $0.replacing(/\d{10,}-/, with: "") } }
        #expect(outcomes[1] == outcomes[0] && outcomes[2] == outcomes[0])
        #expect(unified[1] == unified[0] && unified[2] == unified[0])
    }
}
