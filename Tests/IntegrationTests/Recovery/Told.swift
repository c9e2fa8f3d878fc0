import ChatModel
import ChatProtocol

/// What a frame says of a room's history.
enum Told: Equatable, CustomStringConvertible {
    case chat(String, seq: UInt64)
    case reset([String], seq: UInt64, missing: ClosedRange<UInt64>? = nil)
    case resume([String], more: Bool)

    init?(_ frame: ServerFrame) {
        switch frame {
        case .chat(_, _, let message): self = .chat(message.text, seq: message.id.seq)
        case .reset(let reset):
            self = .reset(reset.messages.map(\.text), seq: reset.position.id.seq, missing: reset.missing?.seqs)
        case .resume(_, _, let messages, let more): self = .resume(messages.map(\.text), more: more)
        default: return nil
        }
    }

    var texts: [String] {
        switch self {
        case .chat(let text, _): [text]
        case .reset(let texts, _, _), .resume(let texts, _): texts
        }
    }

    var description: String {
        switch self {
        case .chat(let text, let seq): "chat \(seq) \(text)"
        case .reset(let texts, let seq, let missing): "reset to \(seq) \(texts) missing \(String(describing: missing))"
        case .resume(let texts, let more): "resume \(texts) more \(more)"
        }
    }
}

extension ServerFrame.Missing {
    var seqs: ClosedRange<UInt64> { from.seq...max(from.seq, to.seq) }
}
