import Files
import NIOCore
import Synchronization

/// How many bytes each user, or each address, may upload in an hour; a file counts `StoredFile.charge`. One per node
/// and kind.
final class UploadQuota: Sendable {
    /// Above this, those that are full again are dropped, and if that is not half of them, all.
    private static let most = 16_384

    private let rate: RateLimit.Configuration?
    private let limits = Mutex<[String: RateLimit]>([:])

    /// - `megabytesPerHour`: 0 for no limit.
    init(megabytesPerHour: Int) {
        rate = RateLimit.Configuration(perHour: megabytesPerHour * 1_048_576)?.shared
    }

    /// - Returns: after how many milliseconds there is enough; `nil`: it was taken.
    func take(_ bytes: Int, for key: String, at now: NIODeadline) -> Int? {
        guard let rate else { return nil }
        return limits.withLock { limits in
            if limits.count >= Self.most, limits[key] == nil {
                limits = limits.filter { limit in
                    var limit = limit.value
                    return !limit.isFull(at: now)
                }
                if limits.count > Self.most / 2 { limits = [:] }
            }
            guard
                case .refused(let wait) = limits[key, default: RateLimit(rate, now: now)].take(
                    Double(StoredFile.charge(bytes)), at: now)
            else { return nil }
            return wait
        }
    }
}
