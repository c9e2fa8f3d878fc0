package import ChatModel
import NIOCore

extension ConnectionOutlet {
    /// Queues one frame for this socket alone.
    package func write(_ frame: ServerFrame) {
        // Most are acks. A buffer that grows is allocated several times.
        var buffer = ByteBufferAllocator().buffer(capacity: 256)
        FrameEncoder.text(frame, into: &buffer)
        write(buffer)
    }
}
