package import Operations

/// The address of Redis, with `rediss` instead of `redis` for TLS:
///
///     redis://[user:password@]host[:port][/db]                               one server
///     redis-sentinel://[user:password@]host[:port],host[:port]…/NAME[/db]    the Sentinels that know it
///     redis-cluster://[user:password@]host[:port],host[:port]…               some nodes of a Redis Cluster
///
/// User and password are of the servers with the data; they are percent-decoded, and `:password@` is a password without
/// a user. Never prints the password.
package struct RedisURL: Hashable, Sendable, CustomStringConvertible {
    package static let defaultPort = 6379
    package static let defaultSentinelPort = 26379

    /// What the hosts are.
    package enum Kind: Hashable, Sendable {
        /// The server: there is one host.
        case server
        /// Some of the Sentinels that watch the primary of this name.
        case sentinels(of: String)
        /// Some nodes of a Redis Cluster.
        case cluster
    }

    private enum Scheme {
        case server, sentinels, cluster
    }

    package let kind: Kind
    package let usesTLS: Bool
    /// At least one.
    package let hosts: [HostPort]
    /// Empty: the default user.
    package let user: String
    /// `nil`: no AUTH.
    package let password: String?
    package let database: Int

    private static let schemes: [(prefix: String, scheme: Scheme, usesTLS: Bool)] = [
        ("redis://", .server, false), ("rediss://", .server, true),
        ("redis-sentinel://", .sentinels, false), ("rediss-sentinel://", .sentinels, true),
        ("redis-cluster://", .cluster, false), ("rediss-cluster://", .cluster, true),
    ]

    package init(_ text: String) throws(RedisError) {
        guard let (prefix, scheme, usesTLS) = Self.schemes.first(where: { text.hasPrefix($0.prefix) }) else {
            throw Self.bad(
                "must begin with redis://, redis-sentinel:// or redis-cluster://, or for TLS with rediss://, rediss-sentinel:// or rediss-cluster://"
            )
        }
        self.usesTLS = usesTLS
        let rest = text.dropFirst(prefix.count)
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw Self.bad("must end after the database number; write ? and # in a password as %3F and %23")
        }

        // The last @ ends the credentials, so an unescaped @ in a password works.
        var authority = rest
        if let at = rest.lastIndex(of: "@") {
            (user, password) = try Self.credentials(rest[..<at])
            authority = rest[rest.index(after: at)...]
        } else {
            (user, password) = ("", nil)
        }

        var parts = authority.split(separator: "/", omittingEmptySubsequences: false)[...]
        let places = parts.removeFirst()
        switch scheme {
        case .server:
            guard !places.contains(",") else {
                throw Self.bad(
                    "has several hosts: write redis-sentinel://host1,host2/NAME for Sentinels, redis-cluster://host1,host2 for a Redis Cluster"
                )
            }
            kind = .server
            hosts = [try Self.address(places, defaultPort: Self.defaultPort)]
        case .sentinels:
            guard let name = parts.popFirst(), Self.isName(name) else {
                throw Self.bad(
                    "must have the name of the primary after its hosts (letters, digits, . - _): redis-sentinel://host1,host2/NAME"
                )
            }
            kind = .sentinels(of: String(name))
            hosts = try Self.addresses(places, defaultPort: Self.defaultSentinelPort)
        case .cluster:
            kind = .cluster
            hosts = try Self.addresses(places, defaultPort: Self.defaultPort)
        }
        database = try Self.database(parts)
        if kind == .cluster, database != 0 {
            throw Self.bad("must not name a database: a Redis Cluster has only database 0")
        }
    }

    /// Of one server.
    init(server: HostPort, usesTLS: Bool, user: String, password: String?, database: Int) {
        (self.kind, self.usesTLS, self.hosts) = (.server, usesTLS, [server])
        (self.user, self.password, self.database) = (user, password, database)
    }

    package var description: String {
        let scheme = usesTLS ? "rediss" : "redis"
        let places = hosts.map(\.inURL).joined(separator: ",")
        return switch kind {
        case .server: "\(scheme)://\(places)/\(database)"
        case .sentinels(let name): "\(scheme)-sentinel://\(places)/\(name)/\(database)"
        case .cluster: "\(scheme)-cluster://\(places)"
        }
    }

    private static func credentials(_ text: Substring) throws(RedisError) -> (user: String, password: String) {
        guard let colon = text.firstIndex(of: ":") else {
            throw bad("must have credentials of the form user:password@ or :password@")
        }
        guard let user = percentDecoded(text[..<colon]),
            let password = percentDecoded(text[text.index(after: colon)...])
        else {
            throw bad("has an invalid % escape in its credentials; write % as %25")
        }
        guard !password.isEmpty else { throw bad("has an empty password; omit the credentials if there is none") }
        return (user, password)
    }

    private static func database(_ parts: ArraySlice<Substring>) throws(RedisError) -> Int {
        guard let text = parts.first, parts.count > 1 || !text.isEmpty else { return 0 }
        guard parts.count == 1, let number = decimal(text), number <= 65_535 else {
            throw bad("must have a database number after the last /, as in redis://host:6379/0")
        }
        return number
    }

    /// Separated by commas.
    private static func addresses(_ text: Substring, defaultPort: Int) throws(RedisError) -> [HostPort] {
        var hosts: [HostPort] = []
        for place in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard !place.isEmpty || text.isEmpty else { throw bad("has an empty host between its commas") }
            hosts.append(try address(place, defaultPort: defaultPort))
        }
        return hosts
    }

    private static func address(_ text: Substring, defaultPort: Int) throws(RedisError) -> HostPort {
        do throws(HostPort.Fault) {
            return try HostPort(text, defaultPort: defaultPort, inURL: true)
        } catch {
            throw bad(error.description)
        }
    }

    /// What Sentinel accepts as a name.
    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: ".-_".utf8.contains($0)
                }
            }
    }

    private static func decimal(_ text: Substring) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
    }

    private static func bad(_ reason: String) -> RedisError {
        RedisError(.badURL, "the Redis URL \(reason)")
    }
}
