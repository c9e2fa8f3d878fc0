import Operations

/// Where objects are: `https://host/bucket`, with `/prefix` behind it if the bucket has other objects, too; or
/// `https://bucket.host` for stores that want the bucket in the host's name.
package struct S3Location: Hashable, Sendable {
    private let usesTLS: Bool
    private let host: HostPort
    /// With a slash in front; empty: the host names the bucket.
    private let bucket: String
    /// Of the key of each object: empty, or with a slash at its end.
    let prefix: String

    package init(_ url: String) throws(S3Error) {
        let rest: Substring
        switch url {
        case _ where url.hasPrefix("https://"): (usesTLS, rest) = (true, url.dropFirst(8))
        case _ where url.hasPrefix("http://"): (usesTLS, rest) = (false, url.dropFirst(7))
        default: throw S3Error(.configuration, "must begin with https:// or http://")
        }
        guard !rest.contains("@") else {
            throw S3Error(
                .configuration, "must not contain credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        var parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        do throws(HostPort.Fault) {
            host = try HostPort(parts.removeFirst(), defaultPort: usesTLS ? 443 : 80)
        } catch {
            throw S3Error(.configuration, error.description)
        }
        if parts.last == "" { parts.removeLast() }
        guard parts.allSatisfy({ Self.isWord($0) && $0 != "." && $0 != ".." }) else {
            throw S3Error(.configuration, "must have only letters, digits, dots, _ and - in bucket and prefix")
        }
        bucket = parts.isEmpty ? "" : "/\(parts.removeFirst())"
        prefix = parts.map { "\($0)/" }.joined()
    }

    /// As browsers write it, for a content security policy.
    var origin: String { "\(usesTLS ? "https" : "http")://\(authority)" }

    /// As in the `Host` header.
    var authority: String { host.authority(defaultPort: usesTLS ? 443 : 80) }

    /// `nil`: the host does not tell, as only AWS' own do.
    var region: String? {
        let labels = host.host.split(separator: ".")
        guard host.host.hasSuffix(".amazonaws.com"), let place = labels.lastIndex(of: "s3") else { return nil }
        let next = labels[place + 1]
        return next == "amazonaws" ? nil : String(next)
    }

    /// - `key`: without the prefix; `nil`: of the bucket.
    func path(of key: String?) -> String {
        guard let key else { return bucket.isEmpty ? "/" : bucket }
        return "\(bucket)/\(prefix)\(key)"
    }

    static func isWord(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy { $0.isUnreserved && $0 != UInt8(ascii: "~") }
    }
}
