extension GossipMessage {
    init?(parsing bytes: [UInt8]) {
        var reader = WireReader(bytes)
        guard bytes.count <= Self.maximumBytes, reader.readByte() == Self.version,
            let sender = reader.readClaim(), sender.record.status == .alive || sender.record.status == .left
        else { return nil }
        var parts: [GossipPart] = []
        while !reader.isAtEnd {
            guard let kind = reader.readByte(), let length = reader.readUInt16(),
                var body = reader.readPart(Int(length))
            else { return nil }
            guard let kind = GossipPart.Kind(rawValue: kind) else { continue }
            guard let part = body.readBody(kind), body.isAtEnd else { return nil }
            parts.append(part)
        }
        self.sender = sender.record
        self.parts = parts
    }
}

extension WireReader {
    fileprivate mutating func readBody(_ kind: GossipPart.Kind) -> GossipPart? {
        switch kind {
        case .ping:
            guard let sequence = readUInt32(), let target = readName() else { return nil }
            return .ping(sequence: sequence, target: target)
        case .ack:
            return readUInt32().map { .ack(sequence: $0) }
        case .pingRequest:
            guard let sequence = readUInt32(), let target = readName(), let address = readAddress() else { return nil }
            return .pingRequest(sequence: sequence, target: target, address: address)
        case .nack:
            return readUInt32().map { .nack(sequence: $0) }
        case .rumours:
            return readList { $0.readClaim() }.map { .rumours($0) }
        case .view:
            return readList { $0.readClaim() }.map { .view($0) }
        case .digest:
            guard let flag = readByte(), flag <= 1 else { return nil }
            var buckets: [UInt32] = []
            for _ in 0..<ViewDigest.bucketCount {
                guard let bucket = readUInt32() else { return nil }
                buckets.append(bucket)
            }
            return .digest(ViewDigest(buckets: buckets), wantsAnswer: flag == 1)
        case .attributes:
            return readList { $0.readAttributes() }.map { .attributes($0) }
        }
    }

    fileprivate mutating func readClaim() -> Claim? {
        guard let name = readName(), let generation = readUInt64(), let incarnation = readUInt32(),
            let status = readByte().flatMap(MemberStatus.init), let bootTag = readUInt64(), let address = readAddress()
        else { return nil }
        let standing = Standing(generation: generation, incarnation: incarnation, status: status)
        guard standing.isRefutable else { return nil }
        var claim = Claim(MemberRecord(name: name, bootTag: bootTag, address: address, standing: standing))
        if status == .suspect || status == .dead {
            guard let accusers = readList({ $0.readName() }), accusers.count <= Claim.maximumAccusers else {
                return nil
            }
            claim.accusers = accusers
        }
        if !status.isLive {
            guard let goneSeconds = readUInt32() else { return nil }
            claim.goneSeconds = goneSeconds
        }
        return claim
    }

    private mutating func readAddress() -> GossipAddress? {
        guard let length = readByte(), length == 4 || length == 16, let bytes = readBytes(Int(length)),
            let port = readUInt16()
        else { return nil }
        return GossipAddress(bytes, port: port)
    }

    private mutating func readAttributes() -> GossipPart.Attributes? {
        guard let name = readName(), let generation = readUInt64(), let version = readUInt32(),
            let length = readUInt16(), length <= NodeAttributes.maximumBytes, let bytes = readBytes(Int(length))
        else { return nil }
        return GossipPart.Attributes(name: name, generation: generation, version: version, bytes: bytes)
    }

    private mutating func readList<Item>(_ item: (inout WireReader) -> Item?) -> [Item]? {
        guard let count = readByte() else { return nil }
        var items: [Item] = []
        for _ in 0..<count {
            guard let next = item(&self) else { return nil }
            items.append(next)
        }
        return items
    }
}
