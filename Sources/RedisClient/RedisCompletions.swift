internal import NIOCore

/// Finished commands of one read cycle, grouped so that each waiting event loop gets a single job. Keeps the order per
/// event loop.
struct RedisCompletions {
    typealias Completion = @Sendable (Result<RedisReply, RedisError>) -> Void

    private struct Group {
        let eventLoop: any EventLoop
        var finished: [(completion: Completion, result: Result<RedisReply, RedisError>)]
    }

    /// One per event loop: few enough for a linear search.
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

    /// Removes everything for delivery: completions may add to this again.
    mutating func take() -> RedisCompletions {
        defer { groups = [] }
        return self
    }

    /// Calls all completions; those of the current event loop before it returns.
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
