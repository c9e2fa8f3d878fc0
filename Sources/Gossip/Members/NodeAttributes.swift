/// What a node publishes about itself, for `/cluster`. No decision depends on it, so it may be a few seconds old.
package struct NodeAttributes: Hashable, Sendable {
    package static let maximumBytes = 800
    package static let maximumCanaries = 32
    private static let form: UInt8 = 1

    /// How a node's canaries arrived here. Times are clamped to 16 bits.
    package struct Canary: Hashable, Sendable {
        package let from: String
        package let number: UInt32
        package let lastMilliseconds: UInt16
        package let p99Milliseconds: UInt16
        package let ageSeconds: UInt16

        package init(
            from: String, number: UInt32, lastMilliseconds: UInt16, p99Milliseconds: UInt16, ageSeconds: UInt16
        ) {
            self.from = from
            self.number = number
            self.lastMilliseconds = lastMilliseconds
            self.p99Milliseconds = p99Milliseconds
            self.ageSeconds = ageSeconds
        }
    }

    /// `host:port` of its HTTP edge, at most 255 bytes.
    package var httpAddress = ""
    package var version = ""
    /// Milliseconds since 1970.
    package var startedAt: Int64 = 0
    package var users: UInt32 = 0
    package var rooms: UInt32 = 0
    /// Messages per second, times ten.
    package var messageRate: UInt32 = 0
    package var loopLagMicroseconds: UInt32 = 0
    package var relayConnected = false
    /// Hash of its view of the cluster.
    package var viewHash: UInt32 = 0
    /// The first 32 that fit are sent: its own first, then the slowest.
    package var canaries: [Canary] = []

    package init() {}

    /// - Returns: the encoding, without canaries that do not fit.
    package var bytes: [UInt8] {
        var writer = WireWriter(limit: Self.maximumBytes)
        writer.write(Self.form)
        writer.write(text: httpAddress)
        writer.write(text: version)
        writer.write(UInt64(bitPattern: startedAt))
        for number in [users, rooms, messageRate, loopLagMicroseconds] { writer.write(number) }
        writer.write(UInt8(relayConnected ? 1 : 0))
        writer.write(viewHash)
        let countAt = writer.bytes.count
        var count: UInt8 = 0
        writer.write(count)
        for canary in canaries.prefix(Self.maximumCanaries) {
            let fits = writer.attempt {
                $0.write(text: canary.from)
                $0.write(canary.number)
                for time in [canary.lastMilliseconds, canary.p99Milliseconds, canary.ageSeconds] { $0.write(time) }
            }
            guard fits else { break }
            count += 1
        }
        writer.patch(count, at: countAt)
        return writer.bytes
    }

    /// `nil` if it was not written by a node. Trailing fields of later versions are ignored.
    package init?(_ bytes: [UInt8]) {
        var reader = WireReader(bytes)
        guard bytes.count <= Self.maximumBytes, reader.readByte() == Self.form,
            let httpAddress = reader.readText(), let version = reader.readText(), let startedAt = reader.readUInt64(),
            let users = reader.readUInt32(), let rooms = reader.readUInt32(), let messageRate = reader.readUInt32(),
            let loopLag = reader.readUInt32(), let relay = reader.readByte(),
            let viewHash = reader.readUInt32(), let count = reader.readByte(), count <= Self.maximumCanaries
        else { return nil }
        self.httpAddress = httpAddress
        self.version = version
        self.startedAt = Int64(bitPattern: startedAt)
        self.users = users
        self.rooms = rooms
        self.messageRate = messageRate
        self.loopLagMicroseconds = loopLag
        self.relayConnected = relay == 1
        self.viewHash = viewHash
        for _ in 0..<count {
            guard let from = reader.readName(), let number = reader.readUInt32(), let last = reader.readUInt16(),
                let p99 = reader.readUInt16(), let age = reader.readUInt16()
            else { return nil }
            canaries.append(
                Canary(
                    from: from, number: number, lastMilliseconds: last, p99Milliseconds: p99, ageSeconds: age))
        }
    }
}
