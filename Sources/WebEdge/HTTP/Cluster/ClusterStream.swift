import HTTPTypes
import Hummingbird
import NIOCore

/// One response of `/cluster/events`: the report as server-sent events (WHATWG HTML, section 9.2), sent at once, on
/// every change, and at least every two seconds. Runs in the task of its request.
///
/// Nothing is queued: while the client does not read, no reports are made, and the next one it gets is current.
struct ClusterStream {
    /// How soon changes, and the node's shutdown, are noticed.
    private static let glance = Duration.milliseconds(250)
    private static let interval = Duration.seconds(2)

    let sources: EdgeSources
    let isDraining: @Sendable () -> Bool
    let channel: any Channel
    /// Released when the response ends.
    let seat: ClusterStreams.Seat
    /// After which it ends; `nil`: never.
    var time: Duration?
    /// As long as a socket may stall (`OutboundStall`).
    var patience = Duration.seconds(20)

    var response: Response {
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store",
            // Otherwise nginx buffers the events.
            .accelBuffering: "no",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody { writer in try await run(&writer) })
    }

    @concurrent func run(_ writer: inout any ResponseBodyWriter) async throws {
        // Browsers reconnect one second after the stream ends.
        try await writer.write(ByteBuffer(string: "retry: 1000\n"))
        var told: ClusterReport.Outline?
        var last = ContinuousClock.now
        let end = time.map { last + $0 }
        while !isDraining(), end.map({ .now < $0 }) ?? true {
            let silence = ContinuousClock.now - last
            if channel.isWritable {
                let report = ClusterReport(of: sources)
                let outline = ClusterReport.Outline(report)
                if outline != told || silence >= Self.interval {
                    try await writer.write(Self.event(report))
                    told = outline
                    last = .now
                }
            } else if silence >= patience {
                return channel.close(promise: nil)
            }
            try await Task.sleep(for: Self.glance)
        }
        try await writer.finish(nil)
    }

    /// Our JSON never contains a raw line break, so one line holds the whole event.
    private static func event(_ report: ClusterReport) -> ByteBuffer {
        var event = ByteBuffer(string: "data: ")
        event.writeImmutableBuffer(report.json.bytes)
        event.writeString("\n\n")
        return event
    }
}

extension HTTPField.Name {
    fileprivate static let accelBuffering = known("X-Accel-Buffering")
}
