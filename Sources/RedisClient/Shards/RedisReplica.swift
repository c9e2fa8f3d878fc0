package import Operations

/// A replica, as its primary reports it.
package struct RedisReplica: Hashable, Sendable {
    package let address: HostPort
    /// Connected, and past its first copy.
    package let isOnline: Bool
    /// How far it is behind the primary, in bytes of the replication stream.
    package let lagBytes: Int64

    /// From the fields of `INFO replication`: `slave0:ip=10.0.0.2,port=6379,state=online,offset=123,lag=0`.
    static func all(in fields: [String: String]) -> [RedisReplica] {
        let offset = fields["master_repl_offset"].flatMap { Int64($0) } ?? 0
        var found: [RedisReplica] = []
        while let text = fields["slave\(found.count)"] {
            let parts = Dictionary(
                text.split(separator: ",").compactMap { part -> (Substring, Substring)? in
                    let pair = part.split(separator: "=", maxSplits: 1)
                    return pair.count == 2 ? (pair[0], pair[1]) : nil
                }, uniquingKeysWith: { first, _ in first })
            let reached = parts["offset"].flatMap { Int64($0) } ?? 0
            found.append(
                RedisReplica(
                    address: HostPort(
                        host: parts["ip"].map { String($0) } ?? "unknown", port: parts["port"].flatMap { Int($0) } ?? 0),
                    isOnline: parts["state"] == "online",
                    lagBytes: max(0, offset.subtractingReportingOverflow(reached).partialValue)))
        }
        return found
    }
}
