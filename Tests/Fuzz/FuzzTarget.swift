#if DEBUG
    /// A parser of bytes that somebody else wrote, and what must hold for every input.
    struct FuzzTarget {
        let name: String
        /// Inputs by our own encoders, to begin with; more are in the corpus.
        var seeds: [[UInt8]] = []
        /// What its language is made of.
        var words: [String] = []
        var maximumBytes = 2_048
        /// Parses it, and throws a `Finding` where something does not hold that must.
        ///
        /// - Returns: which outcome it was; the number says nothing else.
        let parse: ([UInt8]) throws -> Int

        static func all() throws -> [FuzzTarget] {
            [webSocket, clientFrame, plainFrame, serverFrame, liveWire, userNews, redisReply, logReply]
                + [gossipMessage, try gossipInstance(), nodeAttributes, try datagramSeal(), nodeCard]
                + [try guestToken(), address, httpHead, bucketList]
        }
    }

    struct Finding: Error {
        let message: String

        init(_ message: String) { self.message = message }
    }

    func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws(Finding) {
        if !holds { throw Finding(message()) }
    }

    /// Tells outcomes apart.
    func outcome(_ parts: AnyHashable...) -> Int {
        var hasher = Hasher()
        hasher.combine(parts)
        return hasher.finalize()
    }

    /// About how many: each number of its own would make an outcome of every input.
    func magnitude(_ count: Int) -> Int { Int.bitWidth - count.leadingZeroBitCount }

    extension [UInt8] {
        /// Pieces of one size after the other, as a connection may bring them.
        func pieces(of size: Int) -> [ArraySlice<UInt8>] {
            stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
        }
    }
#endif
