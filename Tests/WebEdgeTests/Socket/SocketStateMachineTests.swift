import ChatModel
import NIOCore
import Testing

@testable import WebEdge

@Suite struct SocketStateMachineTests {
    private static let start = NIODeadline.uptimeNanoseconds(0)
    private static let configuration: SocketConfiguration = {
        var configuration = SocketConfiguration()
        configuration.helloTimeout = .seconds(5)
        configuration.fragmentTimeout = .seconds(8)
        configuration.heartbeatInterval = .seconds(25)
        configuration.heartbeatPatience = .seconds(10)
        configuration.stallTimeout = .seconds(20)
        return configuration
    }()
    private var socket = SocketStateMachine(configuration, now: start)

    private func at(_ seconds: Int64) -> NIODeadline { Self.start + .seconds(seconds) }

    private func expect(
        _ action: SocketStateMachine.TimerAction, _ expected: SocketStateMachine.TimerAction,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(action == expected, sourceLocation: sourceLocation)
    }

    /// What happens in order, and what the timer does then: the first deadline, the action.
    private enum Event {
        case hello
        case fragment(Int64)
        case message
        case heard(Int64)
        case wrote(Int)
        case looked(waiting: Int, at: Int64)
    }

    @Test(
        arguments: [
            ([], 5, SocketStateMachine.TimerAction.close(.noHello)),
            ([.hello], 25, .ping),
            ([.hello, .heard(20)], 45, .ping),
            ([.hello, .fragment(2)], 10, .close(.unfinishedFragments)),
            ([.hello, .fragment(2), .fragment(9)], 10, .close(.unfinishedFragments)),
            ([.hello, .fragment(2), .message], 25, .ping),
            ([.hello, .wrote(10), .looked(waiting: 10, at: 1)], 21, .close(.slowReader)),
        ] as [([Event], Int64, SocketStateMachine.TimerAction)])
    private mutating func theEarliestDeadlineDecides(
        events: [Event], due: Int64, action: SocketStateMachine.TimerAction
    ) {
        var waiting = 0
        for event in events {
            switch event {
            case .hello: socket.saidHello()
            case .fragment(let second): socket.fragmentReceived(at: at(second))
            case .message: socket.messageReceived()
            case .heard(let second): socket.heard(at: at(second))
            case .wrote(let bytes): socket.wrote(bytes)
            case .looked(let bytes, let second):
                waiting = bytes
                let isStalled = socket.isStalled(waiting: bytes, at: at(second))
                #expect(!isStalled)
            }
        }
        #expect(socket.deadline == at(due))
        expect(socket.timerFired(waiting: waiting, at: at(due) - .nanoseconds(1)), .none)
        expect(socket.timerFired(waiting: waiting, at: at(due)), action)
    }

    @Test mutating func anUnansweredPingClosesTheSocket() {
        socket.saidHello()
        expect(socket.timerFired(waiting: 0, at: at(25)), .ping)
        #expect(socket.deadline == at(35))
        expect(socket.timerFired(waiting: 0, at: at(35)), .close(.heartbeatTimeout))
    }

    @Test mutating func theSocketClosesOnceAndIsCutOffWithoutAnAnswer() {
        let (first, second) = (socket.close(until: at(9)), socket.close(until: at(20)))
        #expect(first && !second)
        #expect(!socket.isOpen && socket.isClosing && socket.deadline == at(9))
        let isStalled = socket.isStalled(waiting: 9, at: at(90))
        #expect(!isStalled)
        socket.hurry(until: at(12))
        expect(socket.timerFired(waiting: 0, at: at(8)), .none)
        socket.hurry(until: at(7))
        expect(socket.timerFired(waiting: 0, at: at(8)), .cut)
    }

    @Test mutating func theEndOfASocketIsClassified() {
        var closing = socket
        let endings = [socket.ended(), socket.ended()]
        #expect(endings == [.open, .closed] && socket.deadline == .distantFuture)
        let (action, isClosing) = (socket.timerFired(waiting: 0, at: at(1_000)), socket.close(until: at(1)))
        #expect(action == .none && !isClosing)
        _ = closing.close(until: at(1))
        let ending = closing.ended()
        #expect(ending == .closing)
    }
}
