import ChatClient
import ChatModel
import ChatProtocol
import Foundation
import NIOPosix

/// A crowd in its own rooms for the duration of a command: connects it, drives it, and disconnects it.
struct CrowdSession {
    /// How long clients may take to join.
    private static let entry = Duration.seconds(20)
    /// How long the last messages may take to arrive. Longer than a client's longest retry delay.
    private static let settling = Duration.seconds(30)
    private static let look = Duration.milliseconds(50)

    let crowd: Crowd
    /// Of a moderated crowd.
    let made: CrowdRooms?
    let limits: ServerFrame.Limits
    let interruption: Interruption
    /// From `--seed`, or random.
    let seed: UInt64

    /// - Parameters:
    ///   - isModerated: the rooms belong to clients.
    ///   - name: the command's name, the prefix of its private rooms.
    static func open(
        _ options: CrowdOptions, clients: Int, rooms: Int, acts: Int, isModerated: Bool = false, name: String,
        until interruption: Interruption
    ) async throws -> CrowdSession {
        let run = String(UInt32.random(in: 0 ... .max), radix: 16)
        let (urls, tokens, tls) = (try options.endpoints(), try await options.tokens(clients), try options.tls())
        let crowd: Crowd
        var made: CrowdRooms?
        if isModerated {
            let rooms = try await make(
                rooms, by: RoomMaker(at: urls, name: name, tls: tls), for: clients, run: run, tokens: tokens)
            crowd = Crowd(clients, at: urls, in: rooms, name: name, acts: acts, tls: tls)
            made = rooms
        } else {
            crowd = Crowd(
                clients, at: urls, rooms: (1...rooms).compactMap { RoomName("\(name)-\(run)-\($0)") }, name: name,
                acts: acts, tokens: tokens, tls: tls)
        }
        crowd.connect()
        do {
            let limits = try await letIn(crowd, clients: clients, unless: interruption)
            return CrowdSession(
                crowd: crowd, made: made, limits: limits, interruption: interruption,
                seed: options.seed ?? .random(in: 1...999_999_999))
        } catch {
            crowd.stop()
            throw error
        }
    }

    private static func make(
        _ rooms: Int, by maker: RoomMaker, for clients: Int, run: String, tokens: [String]
    ) async throws -> CrowdRooms {
        do {
            return try await maker.make(rooms, for: clients, run: run, tokens: tokens, within: entry)
        } catch let refusal as CrowdRooms.Refusal {
            throw CrowdRefusal(refusal.description)
        }
    }

    private static func letIn(
        _ crowd: Crowd, clients: Int, unless interruption: Interruption
    ) async throws -> ServerFrame.Limits {
        let end = ContinuousClock.now + entry
        while true {
            let numbers = crowd.record.numbers
            if let limits = numbers.limits {
                try CrowdOptions.require(
                    crowd.rooms.count <= limits.rooms,
                    "--rooms is \(crowd.rooms.count), but a user may join at most \(limits.rooms) rooms")
                if numbers.live == clients { return limits }
            } else if let reason = numbers.unreachable, numbers.closesWithoutCode >= 3 * clients {
                throw CrowdRefusal(reason)
            }
            try CrowdOptions.require(!interruption.happened, "interrupted before all clients had joined")
            guard ContinuousClock.now < end else {
                let reason = numbers.unreachable.map { "; \($0)" } ?? ""
                throw CrowdRefusal(
                    "only \(numbers.live) of \(clients) clients joined within \(entry)\(reason)"
                        + " (CONNECTIONS_PER_ADDRESS limits the sockets of one address)")
            }
            try await Task.sleep(for: look)
        }
    }

    /// Makes the clients send; calls `step` every few milliseconds.
    func drive(_ pace: CrowdDrive.Pace, textBytes: Int, for seconds: Int, step: () -> Void) async throws -> Duration {
        let drive = CrowdDrive(crowd, pace: pace, textBytes: textBytes, seed: seed)
        let progress = ProgressLine()
        defer { progress.end() }
        return try await drive.run(for: .seconds(seconds)) { elapsed in
            step()
            progress.show(at: elapsed) { Self.progress(crowd.record.numbers, of: crowd.clients.count) }
            return !interruption.happened
        }
    }

    private static func progress(_ numbers: CrowdNumbers, of clients: Int) -> String {
        "sent \(numbers.sent), acked \(numbers.acked), received \(numbers.received), "
            + "\(numbers.live) of \(clients) live, \(numbers.connections - clients) reconnects, \(numbers.gaps) gaps"
    }

    /// Waits until everything has arrived, disconnects the clients, and reads the logs.
    /// - Parameter moderation: is ended first.
    /// - Returns: what did not settle in time, or `nil`.
    func settle(ending moderation: CrowdModeration? = nil) async throws -> String? {
        crowd.record.stopSending()
        do {
            try await moderation?.restore(within: Self.settling)
            try await crowd.waitUntilSettled(within: Self.settling)
            try await crowd.stopAndCompare(within: Self.settling)
            return nil
        } catch let deadline as Crowd.Deadline {
            return deadline.description
        }
    }
}
