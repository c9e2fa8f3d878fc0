/// The version in `INFO server`; KeyDB and Valkey report the Redis version they are compatible with.
struct RedisVersion: Comparable, CustomStringConvertible {
    /// The first with channel permissions (`resetchannels`), which our Redis users need, and the oldest we test.
    static let minimum = RedisVersion(major: 6, minor: 2)

    let major: Int
    let minor: Int

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// `nil` if it is not reported.
    init?(info: String) {
        let name = "redis_version:"
        guard let line = info.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(name) }) else {
            return nil
        }
        let parts = line.dropFirst(name.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    var description: String { "\(major).\(minor)" }

    static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }

    func check() throws(RedisError) {
        guard self >= Self.minimum else {
            throw RedisError(.unsupported, "Redis \(self) is too old: upgrade it to \(Self.minimum) or newer")
        }
    }
}
