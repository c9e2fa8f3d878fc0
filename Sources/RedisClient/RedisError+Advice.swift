internal import Foundation
internal import NIOCore
internal import NIOPosix

/// What an operator reads of Redis: short, and with what to do.
extension RedisError {
    /// An error reply's text, `PREFIX words`.
    static func server(_ text: String) -> RedisError {
        RedisError(.server(prefix: prefix(of: text)), bounded(text))
    }

    /// Redis before 7, and KeyDB, wrap what a command in a script was refused with: `ERR Error running script (call to
    /// f_…): @user_script:9: @user_script: 9: -READONLY You can't write …`. The word in the middle counts then.
    private static func prefix(of text: String) -> String {
        let first = text.prefix { $0 != " " }
        guard first == "ERR" else { return String(first) }
        if text.contains("The user executing the script can't") { return "NOPERM" }
        guard text.hasPrefix("ERR Error running script"), let place = text.range(of: "user_script", options: .backwards)
        else { return String(first) }
        let rest = text[place.upperBound...].drop { ": 0123456789".contains($0) }
        let inner = rest.drop { $0 == "-" }.prefix { $0 != " " }
        let isWord = inner.count >= 3 && inner.utf8.allSatisfy { (0x41...0x5A).contains($0) }
        return isWord ? String(inner) : String(first)
    }

    /// Redis has refused a command of ours.
    static func refused(_ command: String, _ error: RedisError) -> RedisError {
        guard case .server = error.code else { return error }
        return RedisError(error.code, "Redis refused \(command)\(words(error.message))")
    }

    /// Redis has said something before it was asked, or beyond: mostly why it takes no connection.
    static func unasked(_ reply: RedisReply) -> RedisError {
        switch reply {
        case .error(let text): RedisError(server(text).code, "Redis refused the connection\(words(text))")
        case .status(let text):
            RedisError(.protocolViolation, "Redis answered \"\(bounded(text))\" although nothing was asked")
        case .integer, .bulk, .array, .null:
            RedisError(.protocolViolation, "Redis answered although nothing was asked")
        }
    }

    /// No connection came about at all.
    static func unreachable(_ url: RedisURL, _ error: any Error) -> RedisError {
        RedisError(.connectFailed, "cannot connect to \(url): \(shortReason(error))")
    }

    /// As long as a line that is read: scripts and hosted servers can be talkative.
    private static func bounded(_ text: String) -> String {
        text.count > 160 ? text.prefix(160) + "…" : text
    }

    /// What Redis said, in parentheses, and what to do about it.
    package static func words(_ text: String) -> String {
        let prefix = prefix(of: text)
        let text = bounded(text)
        let quoted = text.hasSuffix(".") ? String(text.dropLast()) : text
        return " (\(quoted))\(advice(on: text, prefix).map { ": \($0)" } ?? "")"
    }

    private static func advice(on text: String, _ prefix: String) -> String? {
        switch prefix {
        case "READONLY": "REDIS_URL leads to a replica, let it lead to the primary"
        case "OOM": "raise Redis' maxmemory, or delete what is not needed"
        case "MISCONF": "Redis cannot write to its disk, see its log"
        case "NOREPLICAS": "bring its replicas back, or lower min-replicas-to-write"
        case "MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT":
            "this is a Redis Cluster, which nodes do not support; use a single primary"
        case "NOAUTH", "WRONGPASS", "NOPERM": "check user and password in REDIS_URL and the rights of this user"
        case "DENIED": "set a password in Redis and in REDIS_URL, or Redis' protected-mode to no"
        case "LOADING": "it will be ready when it has read its data"
        case "ERR" where text.contains("max number of clients"):
            "raise Redis' maxclients; each node has two connections and REDIS_SUBSCRIBERS more"
        case "ERR" where text.contains("without any password"): "leave the password out of REDIS_URL"
        case "ERR" where text.contains("DB index"): "correct the database's number in REDIS_URL"
        default: nil
        }
    }

    /// The library names every address that it has tried, and what it was doing.
    private static func shortReason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            let tried = Set(error.connectionErrors.map { shortReason($0.error) }).sorted()
            return tried.isEmpty ? "no address is known for this host" : tried.joined(separator: "; ")
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case ChannelError.connectTimeout(let time): return "no answer within \(time)"
        default: return "\(error)"
        }
    }
}
