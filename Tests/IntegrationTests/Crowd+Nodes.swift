import ChatClient
import ChatModel
import TestSupport

extension Crowd {
    /// Clients of nodes that run here.
    init(_ count: Int, on nodes: [NodeProcess], rooms: [RoomName]) {
        self.init(count, at: nodes.map { WebSocketURL(host: $0.host, port: $0.port) }, rooms: rooms)
    }
}
