internal import Operations

/// The address of Redis: `redis://` or, with TLS, `rediss://`, then `[user:password@]host[:port][/db]`. User and
/// password are percent-decoded; `:password@` is a password without a user. Never prints the password.
package struct RedisURL: Hashable, Sendable, CustomStringConvertible {
    package static let defaultPort = 6379

    package let usesTLS: Bool
    package let host: String
    package let port: Int
    /// Empty: the default user.
    package let user: String
    /// `nil`: no AUTH.
    package let password: String?
    package let database: Int

    package init(_ text: String) throws(RedisError) {
        let rest: Substring
        if text.hasPrefix("redis://") {
            usesTLS = false
            rest = text.dropFirst("redis://".count)
        } else if text.hasPrefix("rediss://") {
            usesTLS = true
            rest = text.dropFirst("rediss://".count)
        } else {
            throw Self.bad("must begin with redis:// or rediss://")
        }
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

        database = try Self.database(authority.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false))
        (host, port) = try Self.address(authority.prefix { $0 != "/" })
    }

    package var description: String {
        "\(usesTLS ? "rediss" : "redis")://\(HostPort(host: host, port: port).inURL)/\(database)"
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

    private static func database(_ parts: [Substring]) throws(RedisError) -> Int {
        guard parts.count == 2, !parts[1].isEmpty else { return 0 }
        guard let number = decimal(parts[1]), number <= 65_535 else {
            throw bad("must have a database number after the last /, as in redis://host:6379/0")
        }
        return number
    }

    private static func address(_ text: Substring) throws(RedisError) -> (host: String, port: Int) {
        do throws(HostPort.Fault) {
            let place = try HostPort(text, defaultPort: defaultPort, inURL: true)
            return (place.host, place.port)
        } catch {
            throw bad(error.description)
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
