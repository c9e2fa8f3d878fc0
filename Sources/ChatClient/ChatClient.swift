package import ChatModel
package import ChatProtocol
import Foundation
package import NIOCore
package import NIOSSL
import Supervision

/// A client of `webchat.v1`: joins rooms, keeps outgoing messages until the log has them, and reconnects on its own, to
/// another node if there is one. Start reading at `ClientStateMachine`, which makes every decision; this is its shell.
///
/// An actor pinned to one event loop, which runs its events, timers and socket, and calls `observer` in order. The
/// methods may be called from any thread; calls from one thread keep their order. Cheap: one socket and at most one
/// timer each, so that a test or `webchat load` can run thousands.
package actor ChatClient {
    package nonisolated let eventLoop: any EventLoop
    package nonisolated let unownedExecutor: UnownedSerialExecutor

    private let connector: ClientConnector
    private let observer: @Sendable (ClientEvent) -> Void
    private var machine: ClientStateMachine
    private var generator = SystemRandomNumberGenerator()
    /// The current connection and its number: events of older connections are ignored.
    private var channel: (any Channel)?
    private var attempt = 0
    private var url: WebSocketURL?
    private var timer: (at: ClientStateMachine.Instant, scheduled: Scheduled<Void>)?
    private var reading = true

    /// - Parameters:
    ///   - urls: The nodes; at least one. Each connection picks one at random, but not the previous one.
    ///   - tls: For `wss`; `nil`: the system's trust store is used.
    ///   - observer: Called with every event, on the event loop. Must not block.
    package init(
        urls: [WebSocketURL], configuration: ClientConfiguration = .init(), tls: NIOSSLContext? = nil,
        on eventLoop: any EventLoop, observer: @escaping @Sendable (ClientEvent) -> Void
    ) {
        precondition(!urls.isEmpty, "a client needs the URL of a node")
        self.eventLoop = eventLoop
        self.unownedExecutor = eventLoop.executor.asUnownedSerialExecutor()
        self.connector = ClientConnector(urls: urls, tls: tls, eventLoop: eventLoop)
        self.machine = ClientStateMachine(configuration: configuration)
        self.observer = observer
    }

    // MARK: Commands

    /// Connects, and reconnects after every disconnect until `stop`.
    package nonisolated func start() {
        onLoop { $0.perform($0.machine.start(now: .now)) }
    }

    /// Closes the connection (close code 1000) and does not reconnect. `closed` without `retryIn` is the last event.
    package nonisolated func stop() {
        onLoop { $0.perform($0.machine.stop()) }
    }

    package nonisolated func join(_ room: RoomName) {
        onLoop { $0.perform($0.machine.join(room)) }
    }

    package nonisolated func leave(_ room: RoomName) {
        onLoop { $0.perform($0.machine.leave(room)) }
    }

    /// Sends a message to a room, now or as soon as possible.
    package nonisolated func send(
        _ text: String, key: String, to room: RoomName, act: MessageAct? = nil, re: MessageID? = nil
    ) {
        onLoop { $0.perform($0.machine.send(text, key: key, to: room, act: act, re: re, now: .now)) }
    }

    /// Requests part of a room's history once. The response is a `frame`; it may be lost with the connection.
    package nonisolated func ask(for part: ClientFrame.HistoryPart, of room: RoomName, limit: Int = 200) {
        onLoop { $0.perform($0.machine.ask(for: part, of: room, limit: limit)) }
    }

    /// Sends a frame that the client does not send by itself, such as `create`. The response is a `frame` or `failed`;
    /// both may be lost with the connection.
    package nonisolated func ask(_ frame: ClientFrame) {
        onLoop { $0.perform($0.machine.ask(frame)) }
    }

    /// Closes the connection without a close frame, as a network failure would; the client reconnects.
    package nonisolated func drop() {
        onLoop { $0.channel?.close(promise: nil) }
    }

    /// Like `drop`, but with a TCP reset: data in flight in either direction is lost.
    package nonisolated func reset() {
        onLoop { client in
            guard let channel = client.channel else { return }
            // With zero linger time, close(2) resets.
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                .whenComplete { _ in channel.close(promise: nil) }
        }
    }

    /// Leaves a half-open connection behind, like a device that loses its network: nothing reads or answers on it, and
    /// it is closed only after `duration`. The client reconnects on another connection.
    package nonisolated func abandon(for duration: Duration) {
        onLoop { client in
            guard let channel = client.channel else { return }
            channel.setOption(.autoRead, value: false).whenComplete { _ in }
            client.eventLoop.scheduleTask(in: TimeAmount(duration)) { channel.close(promise: nil) }
            client.closed(code: nil, attempt: client.attempt)
        }
    }

    /// Pauses or resumes reading, on this and later connections, to simulate a slow reader.
    package nonisolated func setReading(_ reading: Bool) {
        onLoop { client in
            client.reading = reading
            client.channel?.setOption(.autoRead, value: reading).whenComplete { _ in }
        }
    }

    // MARK: Connection events

    nonisolated func opened(_ channel: any Channel, attempt: Int) {
        onLoop { client in
            guard attempt == client.attempt else { return channel.close(promise: nil) }
            client.channel = channel
            if !client.reading { channel.setOption(.autoRead, value: false).whenComplete { _ in } }
            client.perform(client.machine.opened(now: .now))
        }
    }

    nonisolated func received(_ payload: ByteBuffer, attempt: Int) {
        onLoop { client in
            guard attempt == client.attempt else { return }
            do throws(FrameError) {
                let frame = try ServerFrame(parsing: payload)
                client.perform(client.machine.received(frame, now: .now))
            } catch {
                client.observer(.violation("unreadable frame: \(error.message)"))
            }
        }
    }

    nonisolated func heard(attempt: Int) {
        onLoop { if attempt == $0.attempt { $0.machine.heard(now: .now) } }
    }

    /// Connecting failed.
    nonisolated func failed(_ url: WebSocketURL, reason: String, attempt: Int) {
        onLoop { client in
            guard attempt == client.attempt else { return }
            client.observer(.unreachable(url, reason: reason))
            client.closed(code: nil, attempt: attempt)
        }
    }

    /// Called once per attempt, whether or not it ever opened.
    nonisolated func closed(code: UInt16?, attempt: Int) {
        onLoop { client in
            guard attempt == client.attempt else { return }
            client.channel = nil
            client.attempt += 1
            client.perform(client.machine.closed(code: code, now: .now, using: &client.generator))
        }
    }

    // MARK: Actions

    private func perform(_ actions: [ClientStateMachine.Action]) {
        for action in actions {
            switch action {
            case .connect:
                attempt += 1
                url = connector.connect(self, attempt: attempt, avoiding: url)
            case .write(let frame):
                channel?.writeAndFlush(frame, promise: nil)
            case .close(let code):
                close(code)
            case .report(let event):
                observer(event)
            }
        }
        armTimer()
    }

    private func close(_ code: UInt16?) {
        guard let channel else {
            // Still connecting: ignore the outcome.
            closed(code: nil, attempt: attempt)
            return
        }
        if let code {
            channel.triggerUserOutboundEvent(ClientSocketHandler.CloseEvent(code: code), promise: nil)
        } else {
            channel.close(promise: nil)
        }
    }

    /// One timer, rescheduled only when the deadline moves forward.
    private func armTimer() {
        let now = ClientStateMachine.Instant.now
        guard let deadline = machine.deadline(now: now) else {
            timer?.scheduled.cancel()
            timer = nil
            return
        }
        if let timer, timer.at <= deadline { return }
        timer?.scheduled.cancel()
        let scheduled = eventLoop.scheduleTask(in: TimeAmount(max(deadline - now, .zero))) { [weak self] () -> Void in
            self?.enterOnLoop { $0.timerFired() }
        }
        timer = (deadline, scheduled)
    }

    private func timerFired() {
        timer = nil
        perform(machine.elapsed(now: .now))
    }

    /// Runs inline when already on the loop, so that calls and socket events keep their order.
    private nonisolated func onLoop(_ body: @escaping @Sendable (isolated ChatClient) -> Void) {
        if eventLoop.inEventLoop {
            enterOnLoop { body($0) }
        } else {
            eventLoop.execute { self.enterOnLoop { body($0) } }
        }
    }
}
