import CoreMetrics
package import NIOCore
import ServiceLifecycle

/// Asks each event loop once a second to do nothing, and records how long it kept that waiting: the delay that every
/// message on that loop has at the moment.
package struct EventLoopLagProbe: Service {
    private let eventLoops: [any EventLoop]
    private let lag: CoreMetrics.Timer

    package init(group: any EventLoopGroup, metrics: EdgeMetrics) {
        self.eventLoops = Array(group.makeIterator())
        self.lag = metrics.eventLoopLag
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                for eventLoop in eventLoops {
                    let asked = NIODeadline.now()
                    eventLoop.execute { lag.recordNanoseconds((NIODeadline.now() - asked).nanoseconds) }
                }
                // Ends early when the service is asked to end.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
