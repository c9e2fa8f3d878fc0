import ChatModel
import ChatProtocol
import Embedded
import NIOCore
import Synchronization
import Testing

@testable import Actors

/// Rooms and connections together, on two event loops, over the relay of an embedded node.
@Suite struct RoomTests {
    @Test func everyMemberGetsEveryMessageOnceAndInOrder() async throws {
        try await House.open { house in
            let sockets = try await house.enter((0..<20).map { "user\($0)" })
            for index in 0..<200 { house.say("m\(index)", by: sockets[index % 20]) }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 200 } }
            let order = sockets[0].outlet.messages.map(\.id)
            #expect(order.map(\.seq) == Array(1...200))
            for socket in sockets { #expect(socket.outlet.messages.map(\.id) == order) }
            let acks = sockets.flatMap { $0.outlet.frames.filter(\.isAck) }
            #expect(acks.count == 200)
        }
    }

    @Test func aFailedConnectionIsReplacedTransparently() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            for index in 0..<50 {
                if index == 20 || index == 30 { try await house.replaceActor(of: ann) }
                house.say("m\(index)", by: index.isMultiple(of: 2) ? ann : bob)
                try await house.until { bob.outlet.messages.count == index + 1 }
            }
            try await house.until { ann.outlet.messages.count == 50 }
            #expect(ann.outlet.messages.map(\.id) == bob.outlet.messages.map(\.id))
            #expect(ann.outlet.frames.filter(\.isJoined).count == 1)
            #expect(ann.outlet.frames.filter(\.isAck).count == 25)
            #expect(ann.outlet.closed == nil)
        }
    }

    @Test func aMessageOnWhichAConnectionFailsTwiceIsSkippedForIt() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let bob = try await house.enter("bob")
            for index in 1...3 {
                house.say("m\(index)", by: bob)
                try await house.until { bob.outlet.messages.count == index }
            }
            let epochs = bob.outlet.frames.compactMap { if case .chat(_, let epoch, _) = $0 { epoch } else { nil } }
            let epoch = try #require(epochs.last)
            // The third comes before the second, so that the second cannot be written.
            log.isDisordered.store(true, ordering: .relaxed)
            let ann = house.join("ann", since: RoomPosition(epoch: epoch, id: bob.outlet.messages[0].id))
            try await house.until { ann.outlet.messages.last?.id.seq == 3 }
            #expect(ann.outlet.messages.map(\.id.seq) == [3])
            let told = ann.outlet.frames.compactMap { frame -> ServerFrame.Missing? in
                if case .reset(let reset) = frame { reset.missing } else { nil }
            }
            #expect(told.map(\.from.seq) == [2] && told.map(\.to.seq) == [2])
        }
    }

    @Test func aConnectionThatFailsTooOftenEndsItsSocket() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            while ann.outlet.closed == nil { await (try house.actor(of: ann))?.sabotage() }
            #expect(ann.outlet.closed == .crashed)
        }
    }

    @Test func aFailedRoomIsReplacedAndKeepsItsMembers() async throws {
        try await House.open { house in
            let sockets = try await house.enter((0..<6).map { "user\($0)" })
            for index in 0..<60 {
                if index == 20 { await house.directory.sabotage(house.room) }
                house.say("m\(index)", by: sockets[index % 6])
            }
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 60 } }
            try await house.replaceRoom()
            house.say("again", by: sockets[0])
            try await house.until { sockets.allSatisfy { $0.outlet.messages.count == 61 } }
            for socket in sockets {
                #expect(socket.outlet.messages.map(\.id.seq) == Array(1...61))
                #expect(socket.outlet.frames.filter(\.isJoined).count == 1)
            }
        }
    }

    @Test func aRoomThatFailsTooOftenEndsItsMembersSockets() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            while ann.outlet.closed == nil { await house.directory.sabotage(house.room) }
            #expect(ann.outlet.closed == .crashed)
        }
    }

    @Test func aFlushedLogResetsEveryMemberOnce() async throws {
        try await House.open { house in
            let sockets = try await house.enter((0..<4).map { "user\($0)" })
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

    @Test func aReadThatGetsNoAnswerIsRetried() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let ann = try await house.enter("ann")
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

    @Test func aRejectedJoinIsAnsweredAndMayBeRetried() async throws {
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

    /// A script that connects, says something and closes: the room may not know its position yet.
    @Test func aPlainClientsEarlyMessageIsPublishedThoughItHasLeft() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            log.isAway.store(true, ordering: .relaxed)
            let script = house.join("script", .plain)
            try await script.outlet.eventLoop.submit {
                script.ref.receive(.chat(text: "done", key: "", plain: nil))
                script.ref.submit()
                script.ref.disconnect()
            }.get()
            log.isAway.store(false, ordering: .relaxed)
            let ann = try await house.joinWhenPossible("ann")
            #expect(ann.outlet.messages.map(\.text) == ["done"])
        }
    }

    @Test func aRoomIsNotRetiredWhileALeaveIsHeld() async throws {
        var limits = ActorsConfiguration()
        limits.linger = .milliseconds(100)
        try await House.open(limits: limits) { house in
            let ann = try await house.enter("ann")
            try await ann.outlet.eventLoop.submit { ann.ref.disconnect() }.get()
            try await house.until { await house.directory.actor(of: house.room) == nil }
            #expect(try await house.present().isEmpty)
        }
    }

    @Test func anImpossibleTimestampDoesNotTrap() async throws {
        try await House.open { house in
            let ann = try await house.enter("ann")
            for (seq, ts) in [Int64.min, .max, 0].enumerated() {
                let id = MessageID(ms: 1, seq: UInt64(seq + 1))
                let message = ChatMessage(id: id, user: UserID("x"), name: "x", text: "hi", key: "", ts: ts)
                let event = LiveEvent.message(message, epoch: Epoch(random: 7, tag: 7), origin: "elsewhere")
                house.directory.deliver([event], to: house.room)
            }
            try await house.until { ann.outlet.messages.count == 3 }
        }
    }

    @Test func actsAreDeliveredAsMessagesButNotToPlainClients() async throws {
        let log = FlakyLog()
        try await House.open(log: log) { house in
            let ann = house.join("ann")
            let bob = house.join("bob", .plain)
            try await house.until { ann.outlet.frames.contains(where: \.isJoined) }
            try await house.until { await house.directory.actor(of: house.room) != nil }
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

    @Test func typingIsSentToTheOthersAndThrottled() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            for _ in 0..<5 { house.command(.typing, by: ann) }
            house.say("done", by: ann)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(bob.outlet.frames.filter(\.isTyping).count == 1)
            #expect(ann.outlet.frames.filter(\.isTyping).isEmpty)
        }
    }

    @Test func aRenameIsAnnouncedAndSignsLaterMessages() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            house.command(.rename(name: "anna"), by: ann)
            house.say("hi", by: ann)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(bob.outlet.messages[0].name == "anna")
            try await house.until { bob.outlet.frames.contains(.renamed(user: User(id: ann.user.id, name: "anna"))) }
        }
    }

    @Test func aRenameSignsMessagesFromTheUsersOtherSockets() async throws {
        try await House.open { house in
            let (tab, other) = try await house.enter("ann", "ann")
            let bob = try await house.enter("bob")
            house.command(.rename(name: "anna"), by: tab)
            try await house.until { other.outlet.adopted == ["anna"] }
            house.say("from the other one", by: other)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(bob.outlet.messages[0].name == "anna")
            #expect(bob.outlet.adopted.isEmpty)
        }
    }

    @Test func aMemberReturningUnderANewNameIsRenamed() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            let again = house.join("ann", as: "anna")
            let renamed = ServerFrame.renamed(user: User(id: ann.user.id, name: "anna"))
            try await house.until { [bob, again].allSatisfy { $0.outlet.frames.contains(renamed) } }
            try await house.until { ann.outlet.adopted == ["anna"] }
        }
    }

    @Test func manyRenamesAreSentOncePerTick() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            for number in 1...50 { house.command(.rename(name: "ann \(number)"), by: ann) }
            let last = ServerFrame.renamed(user: User(id: ann.user.id, name: "ann 50"))
            try await house.until { [ann, bob].allSatisfy { $0.outlet.frames.contains(last) } }
            // A tick may have come in between.
            #expect(bob.outlet.frames.filter(\.isRenamed).count < 10)
        }
    }

    @Test func inALargeRoomARenameReachesOnlyTheUsersOwnSockets() async throws {
        try await House.open { house in
            let (ann, other) = try await house.enter("ann", "ann")
            let crowd = try await house.enter((0...RoomPresence.largeRoom).map { "user \($0)" })
            house.command(.rename(name: "anna"), by: ann)
            let renamed = ServerFrame.renamed(user: User(id: ann.user.id, name: "anna"))
            try await house.until { [ann, other].allSatisfy { $0.outlet.frames.contains(renamed) } }
            house.say("hi", by: ann)
            try await house.until { crowd.allSatisfy { $0.outlet.messages.count == 1 } }
            #expect(crowd.allSatisfy { !$0.outlet.frames.contains(where: \.isRenamed) })
            #expect(crowd[0].outlet.messages[0].name == "anna")
        }
    }

    @Test func aMemberThatLeftReceivesNothing() async throws {
        try await House.open { house in
            let (ann, bob) = try await house.enter("ann", "bob")
            try await ann.outlet.eventLoop.submit { ann.ref.disconnect() }.get()
            house.say("alone", by: bob)
            try await house.until { bob.outlet.messages.count == 1 }
            #expect(ann.outlet.messages.isEmpty)
        }
    }
}
