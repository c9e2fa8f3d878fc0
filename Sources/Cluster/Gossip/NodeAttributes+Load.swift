import ChatModel
import Gossip

extension NodeAttributes {
    /// Clamps numbers that are out of range.
    init(httpAddress: String, version: String, startedAt: Int64, load: NodeLoad, canaries: [Canary]) {
        self.init()
        self.httpAddress = httpAddress
        self.version = version
        self.startedAt = startedAt
        users = UInt32(clamping: load.users)
        rooms = UInt32(clamping: load.rooms)
        messageRate = UInt32(clamping: Int(min(load.messagesPerSecond, 1e8) * 10))
        loopLagMicroseconds = UInt32(clamping: Int(min(load.loopLag / .microseconds(1), 1e9)))
        relayConnected = load.relayConnected
        self.canaries = canaries
    }
}
