package import ChatModel

/// How a node uses Redis. Resolved by `NodeConfiguration`; nothing in this module reads the environment.
package struct ClusterConfiguration: Hashable, Sendable {
    /// Prefix of all keys and channels in Redis (`KEY_PREFIX`).
    package var keyPrefix = "webchat"
    package var rooms = RoomLimits()
    /// Subscribing connections (`REDIS_SUBSCRIBERS`); a room's is chosen by its stable hash.
    package var subscribers = 1
    /// Replicas that must have a message before it is acknowledged (`REDIS_WAIT_REPLICAS`).
    package var waitReplicas = 0

    package init() {}
}
