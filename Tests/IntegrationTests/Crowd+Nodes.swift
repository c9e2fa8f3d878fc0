import ChatClient
import ChatModel
import TestSupport

extension Crowd {
    /// Clients of nodes that run here.
    init(_ count: Int, on nodes: [NodeProcess], rooms: [RoomName], acts: Int = Crowd.acts) {
        self.init(count, at: nodes.map { WebSocketURL(host: $0.host, port: $0.port) }, rooms: rooms, acts: acts)
    }
}
