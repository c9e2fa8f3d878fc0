internal import NIOCore

/// Finished commands of one read cycle, so that every event loop which waits for some gets one job and not one each.
/// Keeps the order per event loop.
struct RedisCompletions {
    typealias Completion = @Sendable (Result<RedisReply, RedisError>) -> Void

    private struct Group {
        let eventLoop: any EventLoop
        var finished: [(completion: Completion, result: Result<RedisReply, RedisError>)]
    }

    /// As many as there are event loops: a handful, searched one by one.
    private var groups: [Group] = []

    mutating func add(
        _ completion: @escaping Completion, _ result: Result<RedisReply, RedisError>, for loop: any EventLoop
    ) {
        if let index = groups.firstIndex(where: { $0.eventLoop === loop }) {
            groups[index].finished.append((completion, result))
        } else {
            groups.append(Group(eventLoop: loop, finished: [(completion, result)]))
        }
    }

    /// Takes everything out, to be delivered: what runs then may add to these again.
    mutating func take() -> RedisCompletions {
        defer { groups = [] }
        return self
    }

    /// Hands everything over. On a caller's own loop completions run before this returns.
    consuming func complete() {
        for group in groups {
            if group.eventLoop.inEventLoop {
                for (completion, result) in group.finished { completion(result) }
            } else {
                group.eventLoop.execute {
                    for (completion, result) in group.finished { completion(result) }
                }
            }
        }
    }
}
