import CoreMetrics
import Foundation
import NIOCore
import Operations
import TestSupport
import Testing

@testable import WebEdge

@Suite struct PrometheusFactoryTests {
    private static let table: [MetricDescription] = [
        .init("test_messages_total", .counter, help: "Messages."),
        .init(
            "test_errors_total", .counter, help: #"Errors \ by "type"."#,
            labels: [.init("kind", ["a", "b"]), .init("quote", [#"x"\y"#])]),
        .init("test_users", .gauge, help: "Users."),
        .init("test_latency_seconds", .histogram(buckets: [0.001, 0.01, 1]), help: "Latency."),
    ]

    private func lines(_ factory: PrometheusFactory) -> [String] {
        String(buffer: factory.render()).split(separator: "\n").map(String.init)
    }

    @Test func everyDescribedSeriesStartsAtZero() {
        let lines = lines(PrometheusFactory(Self.table, version: "1.2"))
        for expected in [
            "test_messages_total 0", #"test_errors_total{kind="a",quote="x\"\\y"} 0"#,
            #"test_errors_total{kind="b",quote="x\"\\y"} 0"#, "test_users 0",
            #"test_latency_seconds_bucket{le="0.001"} 0"#, #"test_latency_seconds_bucket{le="+Inf"} 0"#,
            "test_latency_seconds_sum 0", "test_latency_seconds_count 0", #"webchat_build_info{version="1.2"} 1"#,
            #"# HELP test_errors_total Errors \\ by "type"."#,
        ] {
            #expect(lines.contains(expected))
        }
    }

    @Test func recordedValuesAreRenderedWithDurationsInSeconds() {
        let factory = PrometheusFactory(Self.table, version: "1")
        Counter(label: "test_messages_total", dimensions: [], factory: factory).increment(by: 3)
        FloatingPointCounter(label: "test_messages_total", dimensions: [], factory: factory).increment(by: 0.5)
        Counter(label: "test_errors_total", dimensions: [("quote", #"x"\y"#), ("kind", "b")], factory: factory)
            .increment()
        let users = Meter(label: "test_users", dimensions: [], factory: factory)
        users.increment(by: 5)
        users.decrement(by: 2)
        let latency = Timer(label: "test_latency_seconds", dimensions: [], factory: factory)
        latency.recordNanoseconds(1_000_000)
        latency.recordNanoseconds(1_000_001)
        latency.recordSeconds(2)
        let lines = lines(factory)
        for expected in [
            "test_messages_total 3.5", #"test_errors_total{kind="b",quote="x\"\\y"} 1"#, "test_users 3",
            #"test_latency_seconds_bucket{le="0.001"} 1"#, #"test_latency_seconds_bucket{le="0.01"} 2"#,
            #"test_latency_seconds_bucket{le="1"} 2"#, #"test_latency_seconds_bucket{le="+Inf"} 3"#,
            "test_latency_seconds_count 3", "test_latency_seconds_sum 2.002000001",
        ] {
            #expect(lines.contains(expected))
        }
    }

    @Test func requestingAnInstrumentTwiceReturnsTheSameSeries() {
        let factory = PrometheusFactory(Self.table, version: "1")
        for _ in 0..<2 { Gauge(label: "test_users", dimensions: [], factory: factory).record(7) }
        for _ in 0..<2 { Counter(label: "test_messages_total", dimensions: [], factory: factory).increment() }
        #expect(lines(factory).contains("test_users 7"))
        #expect(lines(factory).contains("test_messages_total 2"))
    }

    @Test func aHistogramIsConsistentWhileOtherThreadsRecord() async {
        let factory = PrometheusFactory(Self.table, version: "1")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let latency = Timer(label: "test_latency_seconds", dimensions: [], factory: factory)
                    for step in 0..<20_000 { latency.recordNanoseconds(Int64(step) * 100_000) }
                }
            }
            for _ in 0..<50 {
                let counts = lines(factory).filter { $0.hasPrefix("test_latency_seconds_") && !$0.contains("_sum") }
                    .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
                #expect(counts.count == 5)
                #expect(counts == counts.sorted())
                #expect(counts.suffix(2).first == counts.last)
            }
        }
        #expect(lines(factory).contains("test_latency_seconds_count 80000"))
    }

    @Test func anUndescribedInstrumentTraps() async {
        await #expect(processExitsWith: .failure) {
            let factory = PrometheusFactory(version: "1")
            _ = Counter(label: "test_unknown_total", dimensions: [], factory: factory)
        }
        await #expect(processExitsWith: .failure) {
            let factory = PrometheusFactory(EdgeMetrics.descriptions, version: "1")
            _ = Counter(label: "webchat_errors_total", dimensions: [("type", "no_such")], factory: factory)
        }
    }

    @Test func promtoolAcceptsTheMetricsWithoutAWarning() throws {
        let factory = PrometheusFactory(Self.table, EdgeMetrics.descriptions, version: "1")
        let metrics = EdgeMetrics(factory: factory)
        metrics.connected(.refused)
        metrics.eventLoopLag.recordNanoseconds(3_000_000)

        let (output, status) = try ChildProcess.run(
            ["promtool", "check", "metrics"], input: Data(factory.render().readableBytesView))
        #expect(output == "")
        #expect(status == 0)
    }

    #if os(Linux)
        @Test func theProcessMetricsArePlausible() throws {
            var values: [String: Double] = [:]
            for line in lines(PrometheusFactory(version: "1")) where line.hasPrefix("process_") {
                let parts = line.split(separator: " ")
                values[String(parts[0])] = Double(parts[1])
            }
            let cpu = try #require(values["process_cpu_seconds_total"])
            let resident = try #require(values["process_resident_memory_bytes"])
            let virtual = try #require(values["process_virtual_memory_bytes"])
            let open = try #require(values["process_open_fds"])
            let maximum = try #require(values["process_max_fds"])
            let started = try #require(values["process_start_time_seconds"])
            #expect(cpu > 0)
            #expect(resident > 1_000_000 && resident < virtual)
            #expect(open >= 3 && open < maximum)
            #expect(abs(Date.now.timeIntervalSince1970 - started) < 3600)
        }
    #endif
}
