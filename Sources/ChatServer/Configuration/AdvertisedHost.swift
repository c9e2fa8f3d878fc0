import Synchronization

/// The host that other nodes use to reach this one. A detected host may change while the node runs. Safe from any
/// thread.
final class AdvertisedHost: Sendable {
    private let host: Mutex<String>
    private let detect: (@Sendable () -> String?)?

    /// - `detect`: `nil` when the host is configured. May block.
    init(_ host: String, detect: (@Sendable () -> String?)?) {
        self.host = Mutex(host)
        self.detect = detect
    }

    var current: String { host.withLock { $0 } }

    /// Detects the host again. May block.
    func detectAgain() -> String? {
        let found = detect?()
        if let found { host.withLock { $0 = found } }
        return found
    }
}
