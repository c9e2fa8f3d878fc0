import ChatClient
import Foundation

/// What `webchat load` says at its end, for people and for machines.
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
    /// Of the named processes together; `nil` when none was named.
    let nodesCPUMicrosPerDelivery: Double?
    let nodesCPUSeconds: [Double]
    /// Of this process: how near the measurement is to its own limit.
    let ownCPUMicrosPerDelivery: Double?
    let latencyMs: Quantiles
    /// Broken promises: such a measurement is worth nothing.
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

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
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
            rows.append(("nodes' CPU", "\(Quantiles.rounded(micros)) µs a delivery"))
        }
        if let micros = ownCPUMicrosPerDelivery {
            rows.append(("own CPU", "\(Quantiles.rounded(micros)) µs a delivery"))
        }
        return ([head] + TextTable.lines(rows) + findings.map { "! " + LogText.escaped($0) })
            .joined(separator: "\n")
    }
}
