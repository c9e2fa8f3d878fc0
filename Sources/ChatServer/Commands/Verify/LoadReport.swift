import ChatClient

/// The final report of `webchat load`, as a table or JSON.
struct LoadReport: Encodable {
    struct Settings: Encodable {
        let urls: [String]
        let clients: Int
        let rooms: Int
        let rate: Double
        let bytes: Int
        let seed: UInt64
        let pids: [Int32]
    }

    let settings: Settings
    let seconds: Double
    let messagesPerSecond: Double
    let deliveriesPerSecond: Double
    /// All processes given by `--pid` together; `nil` if none was given.
    let nodesCPUMicrosPerDelivery: Double?
    let nodesCPUSeconds: [Double]
    /// This process's own cost: shows whether the client was the bottleneck.
    let ownCPUMicrosPerDelivery: Double?
    let latencyMs: Quantiles
    /// Violated guarantees: they invalidate the measurement.
    let findings: [String]

    init(
        settings: Settings, seconds: Double, acked: Int, deliveries: Int, latency: DurationHistogram,
        nodesSpent: [Double], ownSpent: Double?, findings: [String]
    ) {
        self.settings = settings
        self.seconds = seconds
        self.findings = findings
        messagesPerSecond = Double(acked) / seconds
        deliveriesPerSecond = Double(deliveries) / seconds
        nodesCPUSeconds = nodesSpent
        let each = deliveries > 0 ? 1_000_000 / Double(deliveries) : nil
        nodesCPUMicrosPerDelivery = nodesSpent.isEmpty ? nil : each.map { $0 * nodesSpent.reduce(0, +) }
        ownCPUMicrosPerDelivery = each.flatMap { each in ownSpent.map { $0 * each } }
        latencyMs = Quantiles(latency)
    }

    var table: String {
        let pace = settings.rate > 0 ? "\(settings.rate) messages/s" : "as fast as acknowledged"
        let head =
            "\(settings.clients) clients in \(settings.rooms) rooms, \(pace), \(settings.bytes) bytes, "
            + "\(Quantiles.rounded(seconds)) s"
        var rows = [
            ("messages/s", "\(Int(messagesPerSecond))"), ("deliveries/s", "\(Int(deliveriesPerSecond))"),
            ("latency", latencyMs.text),
        ]
        if let micros = nodesCPUMicrosPerDelivery {
            rows.append(("node CPU", "\(Quantiles.rounded(micros)) µs per delivery"))
        }
        if let micros = ownCPUMicrosPerDelivery {
            rows.append(("client CPU", "\(Quantiles.rounded(micros)) µs per delivery"))
        }
        return ([head] + TextTable.lines(rows) + findings.map { "! " + LogText.escaped($0) })
            .joined(separator: "\n")
    }
}
