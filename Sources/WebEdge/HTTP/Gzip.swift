import CZlib
import NIOCore

/// A gzip stream (RFC 1952) by zlib. Output may lag behind input until the last piece.
final class Gzip {
    /// Smaller responses are mostly headers.
    static let least = 512

    /// On the heap, because zlib keeps the address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// - `level`: 1 (fastest) to 9.
    init(level: Int32) {
        stream.initialize(to: z_stream())
        // A window of 32 KiB; adding 16 selects the gzip format.
        let status = deflateInit2_(
            stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot start: \(status)")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    static func compressed(_ bytes: ByteBuffer, level: Int32) -> ByteBuffer {
        Gzip(level: level).compress(bytes, isLast: true)
    }

    func compress(_ bytes: ByteBuffer, isLast: Bool = false) -> ByteBuffer {
        var bytes = bytes
        var compressed = ByteBuffer()
        bytes.readWithUnsafeMutableReadableBytes { input in
            stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: 4_096) { output in
                    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    stream.pointee.avail_out = UInt32(output.count)
                    deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    return output.count - Int(stream.pointee.avail_out)
                }
            } while stream.pointee.avail_out == 0
            return input.count
        }
        return compressed
    }
}
