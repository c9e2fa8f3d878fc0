package import ChatModel
import NIOCore

extension ConnectionOutlet {
    /// Queues one frame for this socket alone.
    package func write(_ frame: ServerFrame) {
        var buffer = ByteBuffer()
        FrameEncoder.text(frame, into: &buffer)
        write(buffer)
    }
}
