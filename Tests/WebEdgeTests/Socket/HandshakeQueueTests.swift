import NIOCore
import NIOEmbedded
import Testing

@testable import WebEdge

@Suite struct HandshakeQueueTests {
    private let eventLoop = EmbeddedEventLoop()
    private let factory = PrometheusFactory(EdgeMetrics.descriptions, version: "test")

    private var waiting: [Substring] {
        String(buffer: factory.render()).split(separator: "\n").filter { $0.hasPrefix("webchat_waiting_handshakes ") }
    }

    @Test func whatIsDueRunsBetweenHandshakes() {
        let queue = HandshakeQueue(
            eventLoop: eventLoop, turn: LoopTurn(eventLoop: eventLoop), metrics: EdgeMetrics(factory: factory))
        var accepted: [Int] = []
        for number in 1...7 { queue.append { accepted.append(number) } }
        #expect(accepted == [], "no handshake is accepted in the middle of reading")
        #expect(waiting == ["webchat_waiting_handshakes 7"])
        eventLoop.run()
        #expect(accepted == [1, 2])
        eventLoop.run()
        #expect(accepted == [1, 2], "the others wait until the loop has looked at its sockets")
        queue.append { accepted.append(8) }
        eventLoop.advanceTime(by: .microseconds(100))
        #expect(accepted == [1, 2, 3, 4])
        eventLoop.advanceTime(by: .microseconds(300))
        #expect(accepted == Array(1...8))
        #expect(waiting == ["webchat_waiting_handshakes 0"])
        queue.append { accepted.append(9) }
        eventLoop.run()
        #expect(accepted.last == 9)
    }
}
