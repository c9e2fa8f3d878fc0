/// Writes one datagram: first its purpose, then as many rumours as fit.
struct GossipWriter {
    private static let partHeader = 3

    private var writer = WireWriter(limit: GossipMessage.maximumBytes)
    /// Of the list that is being written.
    private var items = 0

    init(sender: MemberRecord) {
        writer.write(GossipMessage.version)
        writer.write(Claim(sender))
    }

    var bytes: [UInt8] { writer.bytes }

    mutating func ping(_ target: String, sequence: UInt32) {
        write(.ping) {
            $0.write(sequence)
            $0.write(text: target)
        }
    }

    mutating func ack(sequence: UInt32) { write(.ack) { $0.write(sequence) } }

    mutating func pingRequest(_ target: String, at address: GossipAddress, sequence: UInt32) {
        write(.pingRequest) {
            $0.write(sequence)
            $0.write(text: target)
            $0.write(address)
        }
    }

    mutating func nack(sequence: UInt32) { write(.nack) { $0.write(sequence) } }

    mutating func digest(_ digest: ViewDigest, wantsAnswer: Bool) {
        write(.digest) {
            $0.write(UInt8(wantsAnswer ? 1 : 0))
            for bucket in digest.buckets { $0.write(bucket) }
        }
    }

    // MARK: - Lists

    /// Writes what `fill` appends.
    /// - Returns: the number of items; an empty list is omitted.
    @discardableResult
    mutating func list(_ kind: GossipPart.Kind, _ fill: (inout GossipWriter) -> Void) -> Int {
        let start = writer.bytes.count
        items = 0
        writer.write(kind.rawValue)
        writer.write(UInt16(0))
        writer.write(UInt8(0))
        fill(&self)
        if items == 0 {
            writer.cut(to: start)
        } else {
            writer.patch(UInt8(items), at: start + Self.partHeader)
            patchLength(of: start)
        }
        return items
    }

    /// - Returns: whether it fits.
    mutating func append(_ claim: Claim) -> Bool { appendItem { $0.write(claim) } }
    mutating func append(_ attributes: GossipPart.Attributes) -> Bool { appendItem { $0.write(attributes) } }

    private mutating func appendItem(_ body: (inout WireWriter) -> Void) -> Bool {
        guard items < 255, writer.attempt(body) else { return false }
        items += 1
        return true
    }

    // MARK: - Parts

    private mutating func write(_ kind: GossipPart.Kind, _ body: (inout WireWriter) -> Void) {
        let start = writer.bytes.count
        writer.write(kind.rawValue)
        writer.write(UInt16(0))
        body(&writer)
        patchLength(of: start)
        precondition(writer.bytes.count <= writer.limit, "no room for a \(kind): write it before any list")
    }

    private mutating func patchLength(of start: Int) {
        let length = writer.bytes.count - start - Self.partHeader
        writer.patch(UInt8(length >> 8), at: start + 1)
        writer.patch(UInt8(truncatingIfNeeded: length), at: start + 2)
    }
}

extension WireWriter {
    fileprivate mutating func write(_ claim: Claim) {
        let record = claim.record
        write(text: record.name)
        write(record.standing.generation)
        write(record.standing.incarnation)
        write(record.status.rawValue)
        write(record.bootTag)
        write(record.address)
        if record.status == .suspect || record.status == .dead {
            let accusers = claim.accusers.prefix(Claim.maximumAccusers)
            write(UInt8(accusers.count))
            for accuser in accusers { write(text: accuser) }
        }
        if !record.status.isLive { write(claim.goneSeconds) }
    }

    fileprivate mutating func write(_ address: GossipAddress) {
        let bytes = address.bytes
        write(UInt8(bytes.count))
        write(bytes)
        write(address.port)
    }

    fileprivate mutating func write(_ attributes: GossipPart.Attributes) {
        write(text: attributes.name)
        write(attributes.generation)
        write(attributes.version)
        write(UInt16(attributes.bytes.count))
        write(attributes.bytes)
    }
}
