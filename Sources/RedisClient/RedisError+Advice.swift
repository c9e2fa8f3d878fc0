internal import Foundation
internal import NIOCore
internal import NIOPosix

/// Error texts for operators: short, and with advice.
extension RedisError {
    /// From an error reply, `PREFIX words`.
    package static func server(_ text: String) -> RedisError {
        RedisError(.server(prefix: prefix(of: text)), bounded(text))
    }

    /// Redis before 7, and KeyDB, wrap errors inside scripts: `ERR Error running script (call to f_…): @user_script:9:
    /// @user_script: 9: -READONLY You can't write …`. The inner prefix counts then.
    private static func prefix(of text: String) -> String {
        let first = text.prefix { $0 != " " }
        guard first == "ERR" else { return String(first) }
        // Redis 6.2 and 7.0; then 7.2 and newer, and Valkey.
        let denials = ["The user executing the script can't", "ACL failure in script"]
        if denials.contains(where: { text.contains($0) }) { return "NOPERM" }
        guard text.hasPrefix("ERR Error running script"), let place = text.range(of: "user_script", options: .backwards)
        else { return String(first) }
        let rest = text[place.upperBound...].drop { ": 0123456789".contains($0) }
        let inner = rest.drop { $0 == "-" }.prefix { $0 != " " }
        let isWord = inner.count >= 3 && inner.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        return isWord ? String(inner) : String(first)
    }

    /// Redis refused one of our commands.
    static func refused(_ command: String, _ error: RedisError) -> RedisError {
        guard case .server = error.code else { return error }
        return RedisError(error.code, "Redis refused \(command)\(words(error.message))")
    }

    /// An unexpected reply: usually why Redis refuses the connection.
    static func unasked(_ reply: RedisReply) -> RedisError {
        switch reply {
        case .error(let text): RedisError(server(text).code, "Redis refused the connection\(words(text))")
        case .status(let text):
            RedisError(.protocolViolation, "unexpected reply from Redis: \(bounded(text))")
        case .integer, .bulk, .array, .null:
            RedisError(.protocolViolation, "unexpected reply from Redis")
        }
    }

    /// Advice where the URL leads to a server of another kind.
    static func form(of kind: RedisServerKind) -> String {
        switch kind {
        case .single: "it is a single server: write redis:// in REDIS_URL"
        case .sentinel: "it is a Sentinel: \(howToNameSentinels)"
        case .clusterNode:
            "it is a node of a Redis Cluster: write redis-cluster:// in REDIS_URL, with some of the cluster's nodes"
        }
    }
    static let noSentinel = "it is no Sentinel: write redis:// or redis-cluster:// in REDIS_URL"
    private static let howToNameSentinels = "write redis-sentinel://host:port/NAME, with the name of its primary"

    /// No connection could be opened.
    static func unreachable(_ url: RedisURL, _ error: any Error) -> RedisError {
        RedisError(.connectFailed, "cannot connect to \(url): \(shortReason(error))")
    }

    /// Keeps a log line readable: scripts and hosted servers can be verbose.
    private static func bounded(_ text: String) -> String {
        text.count > 160 ? text.prefix(160) + "…" : text
    }

    /// Redis' error in parentheses, and advice.
    package static func words(_ text: String) -> String {
        let prefix = prefix(of: text)
        let text = bounded(text)
        let quoted = text.hasSuffix(".") ? String(text.dropLast()) : text
        return " (\(quoted))\(advice(on: text, prefix).map { ": \($0)" } ?? "")"
    }

    /// The message, for a refusal of Redis with advice.
    package var advised: String {
        guard case .server(let prefix) = code, let advice = Self.advice(on: message, prefix) else { return message }
        return "\(message): \(advice)"
    }

    private static func advice(on text: String, _ prefix: String) -> String? {
        switch prefix {
        case "READONLY": "REDIS_URL points to a replica, point it to the primary"
        case "OOM": "raise Redis' maxmemory, or delete unneeded keys"
        case "MISCONF": "Redis cannot write to its disk, see its log"
        case "NOREPLICAS": "restore its replicas, or lower min-replicas-to-write"
        case "CLUSTERDOWN": "see CLUSTER INFO; with cluster-require-full-coverage no the other shards go on"
        case "NOAUTH", "WRONGPASS", "NOPERM":
            "check user and password in REDIS_URL, a Sentinel's in REDIS_SENTINEL_PASSWORD, and the user's permissions"
        case "DENIED": "set a password in Redis and REDIS_URL, or set Redis' protected-mode to no"
        case "LOADING": "wait until it has loaded its data"
        case "ERR" where text.contains("max number of clients"):
            "raise Redis' maxclients; each node opens 2 + REDIS_SUBSCRIBERS connections"
        case "ERR" where text.contains("without any password"):
            "remove the password from REDIS_URL, a Sentinel's from REDIS_SENTINEL_PASSWORD; is it a Sentinel? Then \(howToNameSentinels)"
        case "ERR" where text.contains("unknown command") && text.contains("SELECT"): RedisError.form(of: .sentinel)
        case "ERR" where text.contains("DB index"): "correct the database number in REDIS_URL"
        default: nil
        }
    }

    /// NIO's text lists every address it tried, and what it was doing.
    private static func shortReason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            let tried = Set(error.connectionErrors.map { shortReason($0.error) }).sorted()
            return tried.isEmpty ? "cannot resolve the host" : tried.joined(separator: "; ")
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout(let time): return "no answer within \(time)"
        default: return "\(error)"
        }
    }
}
