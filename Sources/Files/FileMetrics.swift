package import CoreMetrics
package import Operations

/// The metrics of files, made once per node. Whole numbers of bytes fit a `Double` up to 8 PiB.
package struct FileMetrics: Sendable {
    /// How an upload ended: the label `result` of `webchat_file_uploads_total`.
    package enum UploadResult: String, Sendable, CaseIterable {
        case stored
        /// The same file was there already.
        case known
        /// Its ticket, its length or its type is not accepted.
        case refused
        /// It ended early, or was too slow.
        case incomplete
        /// Too many at once, of the address or of the node, or of this file.
        case crowded
        /// The user or the address has transferred too much within an hour.
        case limited
        /// The store is full: `FILES_MB`, or the disk.
        case full
        /// The store failed.
        case failed
    }

    /// How a download ended: the label `result` of `webchat_file_downloads_total`.
    package enum DownloadResult: String, Sendable, CaseIterable {
        case sent
        /// The client was sent to the bucket.
        case redirected
        /// The client left.
        case incomplete
        /// The client read nothing for too long.
        case stalled
        /// Too many at once, of the address or of the node.
        case crowded
        /// The store failed.
        case failed
    }

    /// Why the sweep deleted a file: the label `reason` of `webchat_files_swept_total`.
    enum SweepReason: String, Sendable, CaseIterable {
        /// Its message was deleted.
        case deleted
        /// It has no message, or not any more.
        case unused
    }

    let bytes: Meter
    let foreign: Meter
    package let uploading: Meter
    package let downloading: Meter
    let sweptRooms: Counter
    let failed: Counter
    private let uploads: [UploadResult: Counter]
    private let downloads: [DownloadResult: Counter]
    private let swept: [SweepReason: Counter]

    package init(factory: any MetricsFactory) {
        bytes = Meter(label: "webchat_files_bytes", factory: factory)
        foreign = Meter(label: "webchat_files_foreign", factory: factory)
        uploading = Meter(label: "webchat_file_uploads_open", factory: factory)
        downloading = Meter(label: "webchat_file_downloads_open", factory: factory)
        func rooms(_ result: String) -> Counter {
            Counter(label: "webchat_file_sweeps_total", dimensions: [("result", result)], factory: factory)
        }
        sweptRooms = rooms("done")
        failed = rooms("failed")
        uploads = .init(
            uniqueKeysWithValues: UploadResult.allCases.map {
                let dimensions = [("result", $0.rawValue)]
                return ($0, Counter(label: "webchat_file_uploads_total", dimensions: dimensions, factory: factory))
            })
        downloads = .init(
            uniqueKeysWithValues: DownloadResult.allCases.map {
                let dimensions = [("result", $0.rawValue)]
                return ($0, Counter(label: "webchat_file_downloads_total", dimensions: dimensions, factory: factory))
            })
        swept = .init(
            uniqueKeysWithValues: SweepReason.allCases.map {
                let dimensions = [("reason", $0.rawValue)]
                return ($0, Counter(label: "webchat_files_swept_total", dimensions: dimensions, factory: factory))
            })
    }

    package func uploaded(_ result: UploadResult) { uploads[result]?.increment() }
    package func downloaded(_ result: DownloadResult) { downloads[result]?.increment() }
    func swept(_ reason: SweepReason) { swept[reason]?.increment() }

    package static let descriptions: [MetricDescription] = [
        .init(
            "webchat_files_bytes", .gauge,
            help: "Bytes of all stored files, at least 16 KiB each, as far as this node knows."),
        .init(
            "webchat_files_foreign", .gauge,
            help: "1 while no file is deleted, as the files belong to another log than the one in Redis."),
        .init("webchat_file_uploads_open", .gauge, help: "Uploads of files in progress (at most 64)."),
        .init(
            "webchat_file_uploads_total", .counter, help: "Uploads of files, by result.",
            labels: [.init("result", UploadResult.allCases.map(\.rawValue))]),
        .init("webchat_file_downloads_open", .gauge, help: "Downloads of files in progress (at most 512)."),
        .init(
            "webchat_file_downloads_total", .counter, help: "Downloads of files, by result.",
            labels: [.init("result", DownloadResult.allCases.map(\.rawValue))]),
        .init(
            "webchat_files_swept_total", .counter, help: "Files that this node deleted, by reason.",
            labels: [.init("reason", SweepReason.allCases.map(\.rawValue))]),
        .init(
            "webchat_file_sweeps_total", .counter,
            help: "Sweeps of a room's files, by result; a failure is tried again.",
            labels: [.init("result", ["done", "failed"])]),
    ]
}
