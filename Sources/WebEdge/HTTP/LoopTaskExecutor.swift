import NIOCore

/// Runs tasks on an event loop. Hummingbird starts one for each connection, and most connections become a WebSocket: on
/// the global executor, that means waking threads three times for a task that has nothing to do.
final class LoopTaskExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
