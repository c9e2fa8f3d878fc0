import HTTPTypes
import Hummingbird
import NIOCore

/// One answer of `/cluster/events`: the report as server-sent events (WHATWG HTML, section 9.2), at once, when something
/// changes, and at least every two seconds. Runs in the task of its request.
///
/// Nothing waits to be sent: for a client that does not read, no report is made, and the next it gets is the newest.
struct ClusterStream {
    /// How soon a change is told, and the end of the node noticed.
    private static let glance = Duration.milliseconds(250)
    private static let interval = Duration.seconds(2)

    let sources: EdgeSources
    let isDraining: @Sendable () -> Bool
    let channel: any Channel
    /// Given back when the answer is over.
    let seat: ClusterStreams.Seat
    /// As long as a socket may stand still (`OutboundStall`).
    var patience = Duration.seconds(20)

    var response: Response {
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store",
            // nginx would gather the events.
            .accelBuffering: "no",
        ]
        return Response(status: .ok, headers: headers, body: ResponseBody { writer in try await run(&writer) })
    }

    @concurrent func run(_ writer: inout any ResponseBodyWriter) async throws {
        // A browser comes back a second after the end of a stream.
        try await writer.write(ByteBuffer(string: "retry: 1000\n"))
        var told: ClusterReport.Outline?
        var last = ContinuousClock.now
        while !isDraining() {
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

    /// JSON of ours has no line break outside of a string, and escapes them there: one line is the whole event.
    private static func event(_ report: ClusterReport) -> ByteBuffer {
        var event = ByteBuffer(string: "data: ")
        event.writeImmutableBuffer(report.json)
        event.writeString("\n\n")
        return event
    }
}

extension HTTPField.Name {
    fileprivate static var accelBuffering: Self {
        guard let name = Self("X-Accel-Buffering") else { preconditionFailure("X-Accel-Buffering is no field name") }
        return name
    }
}
