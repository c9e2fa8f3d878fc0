import ChatModel
import ChatProtocol
import NIOCore
import Testing

/// Sees what the user sees.
struct Judge {
    let seed: UInt64
    private(set) var position = RoomPosition.start
    private var mayJump = true
    private var batches: [[(ChatMessage, Epoch)]] = []

    init(seed: UInt64) { self.seed = seed }

    /// Frames whose content is a number: that of the batch.
    mutating func frames(for messages: [ChatMessage], _ epoch: Epoch) -> ByteBuffer {
        batches.append(messages.map { ($0, epoch) })
        return ByteBuffer(integer: UInt64(batches.count - 1))
    }

    mutating func seeBatch(_ frames: ByteBuffer) {
        var frames = frames
        guard let index = frames.readInteger(as: UInt64.self) else { return }
        for (message, epoch) in batches[Int(index)] { see(message, epoch) }
    }

    mutating func see(_ message: ChatMessage, _ epoch: Epoch) {
        if !mayJump {
            let next = message.id.seq == position.id.seq + 1
            let sameLife = epoch.random == position.epoch.random || position == .start
            #expect(next && sameLife, "seed \(seed): \(message.id) \(epoch) after \(position)")
        }
        mayJump = false
        position = RoomPosition(epoch: epoch, id: message.id)
    }

    mutating func reconnect() {
        mayJump = false
    }

    mutating func see(_ frame: ServerFrame) {
        switch frame {
        case .joined(let joined):
            mayJump = mayJump || !joined.recovered
            for message in joined.messages { see(message, joined.position.epoch) }
            // A client may adopt it, and then has everything up to there.
            if joined.recovered, !joined.more, !joined.messages.isEmpty {
                #expect(joined.position == position, "seed \(seed)")
            }
            if !joined.more, !joined.recovered || joined.messages.isEmpty { position = joined.position }
            mayJump = mayJump && joined.more
        case .resume(_, let epoch, let messages, _):
            for message in messages { see(message, epoch) }
        case .reset(let reset):
            mayJump = true
            for message in reset.messages { see(message, reset.position.epoch) }
            position = reset.position
            mayJump = false
        default:
            Issue.record("unexpected frame")
        }
    }
}
