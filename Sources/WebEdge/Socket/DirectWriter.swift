import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes the frames of one tick straight to the socket, past NIO: one system call, no pipeline and no bookkeeping. NIO
/// gets what the kernel does not take, or what is too much for one call, and everything else until it has written that.
///
/// Owned by the `SocketHandler`, which keeps the order: frames wait here until `send`, and only what is left goes to NIO.
struct DirectWriter {
    /// `nil`: everything goes through NIO, because of TLS or because the channel has no socket.
    private let descriptor: NIOBSDSocket.Handle?
    /// Usually the only one of a tick, so that no array is needed.
    private var first: ByteBuffer?
    private var more: [ByteBuffer] = []
    /// Bytes that wait for `send`.
    private(set) var bytes = 0
    /// NIO may still hold bytes, which must be written first. The response to the upgrade went through it.
    private var isBehindNIO = true

    init(descriptor: NIOBSDSocket.Handle?) {
        self.descriptor = descriptor
    }

    mutating func append(_ frames: ByteBuffer) {
        bytes += frames.readableBytes
        if first == nil { first = frames } else { more.append(frames) }
    }

    /// Sends what was appended. Calls nothing that could write again.
    /// - `channel`: not used when closed, since its descriptor may then belong to another connection.
    /// - Returns: frames that the caller must write and flush through NIO, in order.
    mutating func send(on channel: any Channel) -> [ByteBuffer] {
        guard var next = first else { return [] }
        var all = more
        first = nil
        if !more.isEmpty { more = [] }
        bytes = 0
        guard let descriptor, channel.isActive, isCaughtUp(channel) else { return [next] + all }
        if all.isEmpty {
            Self.send(&next, to: descriptor)
            if next.readableBytes > 0 { all = [next] }
        } else {
            all.insert(next, at: 0)
            Self.send(&all, to: descriptor)
        }
        isBehindNIO = !all.isEmpty
        return all
    }

    private mutating func isCaughtUp(_ channel: any Channel) -> Bool {
        if isBehindNIO { isBehindNIO = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) != 0 }
        return !isBehindNIO
    }

    // MARK: System calls

    // The descriptor does not block, and NIO has turned SIGPIPE off. What was sent is consumed. After an error everything
    // stays: NIO meets the error again, and closes the channel.

    private static func send(_ frames: inout ByteBuffer, to descriptor: NIOBSDSocket.Handle) {
        let sent = retrying { frames.withUnsafeReadableBytes { write(descriptor, $0.baseAddress, $0.count) } }
        if sent > 0 { frames.moveReaderIndex(forwardBy: sent) }
    }

    private static func send(_ frames: inout [ByteBuffer], to descriptor: NIOBSDSocket.Handle) {
        let count = min(frames.count, maximumVectors)
        var sent = retrying {
            withUnsafeTemporaryAllocation(
                byteCount: count * MemoryLayout<iovec>.stride, alignment: MemoryLayout<iovec>.alignment
            ) { vectors in
                gather(frames[..<count], into: vectors) {
                    writev(descriptor, vectors.baseAddress?.assumingMemoryBound(to: iovec.self), Int32(count))
                }
            }
        }
        while sent > 0, let next = frames.first?.readableBytes {
            if next > sent {
                frames[0].moveReaderIndex(forwardBy: sent)
                return
            }
            frames.removeFirst()
            sent -= next
        }
    }

    private static let maximumVectors = 16

    /// Calls `body` with the addresses of all frames in `vectors`: those are valid only within nested closures.
    private static func gather(
        _ frames: ArraySlice<ByteBuffer>, into vectors: UnsafeMutableRawBufferPointer, _ body: () -> Int
    ) -> Int {
        guard let frame = frames.last else { return body() }
        return frame.withUnsafeReadableBytes { bytes in
            // POSIX: an address and a size. Its members may belong to several modules (scripts/rules.py).
            let offset = (frames.count - 1) * MemoryLayout<iovec>.stride
            let sizeOffset = offset + MemoryLayout<UnsafeRawPointer>.size
            vectors.storeBytes(of: bytes.baseAddress, toByteOffset: offset, as: UnsafeRawPointer?.self)
            vectors.storeBytes(of: bytes.count, toByteOffset: sizeOffset, as: Int.self)
            return gather(frames.dropLast(), into: vectors, body)
        }
    }

    private static func retrying(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            guard result < 0, errno == EINTR else { return result }
        }
    }
}
