import ChatModel
import Cluster
import NIOCore
import Synchronization
import Testing

@testable import Actors

/// Rooms and connections together, on two event loops, over the relay of an embedded node.
@Suite("Room")
struct RoomTests {
    @Test func everyMemberGetsEveryMessageOnceAndInOrder() async throws {
        try await House.open { house in
            let sockets = (0..<20).map { house.join("user\($0)") }
            try await house.until { sockets.allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            for index in 0..<200 { house.say("m\(index)", by: sockets[index % 20]) }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 200 } }
            let order = sockets[0].outlet.messages.map(\.id)
            #expect(order.map(\.seq) == Array(1...200))
            for socket in sockets { #expect(socket.outlet.messages.map(\.id) == order) }
            let acks = sockets.flatMap { $0.outlet.frames.filter(\.isAck) }
            #expect(acks.count == 200)
        }
    }

    @Test func aFailedConnectionIsReplacedUnseenByItsUser() async throws {
        let faults = Faults()
        try await House.open(faults: faults) { house in
            let ann = house.join("ann")
            let bob = house.join("bob")
            try await house.until { [ann, bob].allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            let before = try await house.actor(of: ann)
            for index in 0..<50 {
                if index == 20 {
                    faults.failOnce { if case .connectionDeliver(_, ann.user.id, _) = $0 { true } else { false } }
                }
                if index == 30 {
                    faults.failOnce { if case .connectionReceive(_, ann.user.id) = $0 { true } else { false } }
                }
                house.say("m\(index)", by: index.isMultiple(of: 2) ? ann : bob)
                try await house.until { bob.outlet.messages.count == index + 1 }
            }
            try await house.until { ann.outlet.messages.count == 50 }
            #expect(ann.outlet.messages.map(\.id) == bob.outlet.messages.map(\.id))
            #expect(ann.outlet.frames.filter(\.isJoined).count == 1)
            #expect(ann.outlet.frames.filter(\.isAck).count == 25)
            #expect(ann.outlet.closed == nil)
            #expect(try await house.actor(of: ann) !== before)
            #expect(faults.thrown == 2)
        }
    }

    @Test func aMessageOnWhichAConnectionFailsTwiceIsSkippedForIt() async throws {
        let faults = Faults()
        try await House.open(faults: faults) { house in
            let ann = house.join("ann")
            let bob = house.join("bob")
            try await house.until { [ann, bob].allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            faults.failAlways { point in
                if case .connectionDeliver(_, ann.user.id, let id) = point { id.seq == 2 } else { false }
            }
            for index in 1...3 {
                house.say("m\(index)", by: bob)
                try await house.until { bob.outlet.messages.count == index }
            }
            try await house.until { ann.outlet.messages.last?.id.seq == 3 }
            #expect(ann.outlet.messages.map(\.id.seq) == [1, 3])
            let told = ann.outlet.frames.compactMap { frame -> ServerFrame.Missing? in
                if case .reset(let reset) = frame { reset.missing } else { nil }
            }
            #expect(told.map(\.from.seq) == [2] && told.map(\.to.seq) == [2])
        }
    }

    @Test func aConnectionThatFailsTooOftenEndsItsSocket() async throws {
        let faults = Faults()
        try await House.open(faults: faults) { house in
            let ann = house.join("ann")
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            faults.failAlways { if case .connectionReceive = $0 { true } else { false } }
            for index in 0..<10 { house.say("m\(index)", by: ann) }
            try await house.until { ann.outlet.closed == .crashed }
        }
    }

    @Test func aFailedRoomIsReplacedAndKeepsItsMembers() async throws {
        let faults = Faults()
        try await House.open(faults: faults) { house in
            let sockets = (0..<6).map { house.join("user\($0)") }
            try await house.until { sockets.allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            let before = await house.directory.actor(of: house.room)
            for index in 0..<60 {
                if index == 20 { faults.failOnce { if case .roomDeliver = $0 { true } else { false } } }
                house.say("m\(index)", by: sockets[index % 6])
            }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 60 } }
            faults.failOnce { if case .roomSubmit = $0 { true } else { false } }
            house.say("lost", by: sockets[0])
            try await house.until { sockets[0].outlet.frames.contains { $0.errorCode == .unavailable } }
            house.say("again", by: sockets[0])
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 61 } }
            for socket in sockets {
                #expect(socket.outlet.messages.map(\.id.seq) == Array(1...61))
                #expect(socket.outlet.frames.filter(\.isJoined).count == 1)
            }
            #expect(await house.directory.actor(of: house.room) !== before)
        }
    }

    @Test func aRoomThatFailsTooOftenEndsItsMembersSockets() async throws {
        let faults = Faults()
        try await House.open(faults: faults) { house in
            let ann = house.join("ann")
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            faults.failAlways { if case .roomSubmit = $0 { true } else { false } }
            for index in 0..<10 { house.say("m\(index)", by: ann) }
            try await house.until { ann.outlet.closed == .crashed }
        }
    }

    @Test func aLogThatWasFlushedResetsEverybodyOnce() async throws {
        try await House.open { house in
            let sockets = (0..<4).map { house.join("user\($0)") }
            try await house.until { sockets.allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            for index in 0..<10 { house.say("m\(index)", by: sockets[0]) }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 10 } }
            house.store.removeAll()
            for index in 0..<10 { house.say("n\(index)", by: sockets[1]) }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.last?.text == "n9" } }
            for socket in sockets {
                #expect(socket.outlet.frames.filter(\.isReset).count == 1)
                #expect(socket.outlet.messages.suffix(10).map(\.id.seq) == Array(1...10))
            }
        }
    }

    @Test func aLogThatDoesNotAnswerIsAskedAgainLater() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let ann = house.join("ann")
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            log.isAway.store(true, ordering: .relaxed)
            house.directory.resubscribed(Array(repeating: house.room, count: 1_000))
            try await house.until { log.refused.load(ordering: .relaxed) > 2 }
            log.isAway.store(false, ordering: .relaxed)
            let refused = log.refused.load(ordering: .relaxed)
            #expect(refused < 20, "once a tick, and not in one breath")
            house.say("hello", by: ann)
            try await house.until { ann.outlet.messages.count == 1 }
        }
    }

    @Test func whoCannotBeLetInIsToldAndMayAskAgain() async throws {
        let log = FlakyLog()
        var limits = ActorsConfiguration()
        limits.joinPatience = .milliseconds(300)
        try await House.open(log: log, limits: limits) { house in
            log.isAway.store(true, ordering: .relaxed)
            let refused = (0..<4).map { house.join("user\($0)") }
            try await house.until { refused.allSatisfy { $0.outlet.turnedAwayFrom == [house.room] } }
            for socket in refused {
                #expect(socket.outlet.frames.map(\.errorCode) == [.unavailable])
                #expect(try await house.actor(of: socket) == nil)
            }
            log.isAway.store(false, ordering: .relaxed)
            let ann = try await house.joinWhenPossible("ann")

            // The room knows where it stands, and the newcomer's page cannot be read.
            log.isAway.store(true, ordering: .relaxed)
            let bob = house.join("bob")
            try await house.until { bob.outlet.turnedAwayFrom == [house.room] }
            #expect(bob.outlet.frames.filter(\.isJoined).isEmpty)
            #expect(ann.outlet.turnedAwayFrom.isEmpty, "who is in stays in")
            log.isAway.store(false, ordering: .relaxed)
            house.say("hello", by: ann)
            try await house.until { ann.outlet.messages.count == 1 }
            #expect(bob.outlet.messages.isEmpty)
            #expect(refused.allSatisfy { $0.outlet.messages.isEmpty })
        }
    }

    @Test func aRoomIsNotRetiredWhileALeaveIsHeld() async throws {
        var limits = ActorsConfiguration()
        limits.linger = .milliseconds(100)
        try await House.open(limits: limits) { house in
            let ann = house.join("ann")
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            try await ann.outlet.eventLoop.submit { ann.ref.disconnect() }.get()
            try await house.until(async: { await house.directory.actor(of: house.room) == nil })
            #expect(try await house.present().isEmpty)
        }
    }

    @Test func aTimeStampThatCannotBeIsNoReasonToEnd() async throws {
        try await House.open { house in
            let ann = house.join("ann")
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            for (seq, ts) in [Int64.min, .max, 0].enumerated() {
                let id = MessageID(ms: 1, seq: UInt64(seq + 1))
                let message = ChatMessage(id: id, user: UserID("x"), name: "x", text: "hi", key: "", ts: ts)
                let event = LiveEvent.message(message, epoch: Epoch(random: 7, tag: 7), origin: "elsewhere")
                house.directory.deliver([event], to: house.room)
            }
            try await house.until { ann.outlet.messages.count == 3 }
        }
    }

    @Test func actsAreMessagesOfTheirOwnAndNothingToAPlainClient() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let ann = house.join("ann")
            let bob = house.join("bob", .plain)
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            try await house.until(async: { await house.directory.actor(of: house.room) != nil })
            house.say("one", by: ann)
            try await house.until { ann.outlet.messages.count == 1 && bob.outlet.texts == ["one"] }
            let id = ann.outlet.messages[0].id
            // Whoever would read the log now, could not.
            log.isAway.store(true, ordering: .relaxed)
            for (number, text) in ["two", "three"].enumerated() {
                house.command(.act(.edit(id), text: text, key: "e\(number)"), by: ann)
                house.command(.act(.react(id, emoji: "👍", on: true), text: "", key: "r\(number)"), by: ann)
                house.say(text, by: ann)
                try await house.until { bob.outlet.texts.last == text }
            }
            house.command(.act(.delete(MessageID(ms: 1, seq: 1)), text: "", key: "d"), by: ann)
            try await house.until {
                ann.outlet.frames.contains { $0.errorCode == .notFound } && ann.outlet.messages.count >= 7
                    && ann.outlet.frames.filter(\.isAck).count >= 7
            }
            #expect(bob.outlet.texts == ["one", "two", "three"])
            #expect(ann.outlet.messages.map(\.id.seq) == Array(1...7))
            #expect(ann.outlet.messages.compactMap(\.act).count == 4)
            #expect(ann.outlet.frames.filter(\.isAck).count == 7)
        }
    }

    @Test func typingIsToldToTheOthersAndNotTooOften() async throws {
        try await House.open { house in
            let ann = house.join("ann")
            let bob = house.join("bob")
            try await house.until { [ann, bob].allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            for _ in 0..<5 { house.command(.typing, by: ann) }
            house.say("done", by: ann)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(bob.outlet.frames.filter(\.isTyping).count == 1)
            #expect(ann.outlet.frames.filter(\.isTyping).isEmpty)
        }
    }

    @Test func aNewNameIsToldToTheRoomAndSignsWhatFollows() async throws {
        try await House.open { house in
            let ann = house.join("ann")
            let bob = house.join("bob")
            try await house.until { [ann, bob].allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            house.command(.rename(name: "anna"), by: ann)
            house.say("hi", by: ann)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(bob.outlet.messages[0].name == "anna")
            try await house.until { bob.outlet.frames.contains(.renamed(user: User(id: ann.user.id, name: "anna"))) }
        }
    }

    @Test func whoLeavesHearsNothingMore() async throws {
        try await House.open { house in
            let ann = house.join("ann")
            let bob = house.join("bob")
            try await house.until { [ann, bob].allSatisfy { $0.outlet.frames.contains(where: \.isJoined) } }
            try await ann.outlet.eventLoop.submit { ann.ref.disconnect() }.get()
            house.say("alone", by: bob)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(ann.outlet.messages.isEmpty)
        }
    }
}
