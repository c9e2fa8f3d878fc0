/// Limits and names of the rooms' logs and the relay. Resolved by `NodeConfiguration`; nothing in this module reads the
/// environment.
package struct ClusterConfiguration: Hashable, Sendable {
    /// First part of every key and channel in Redis (`KEY_PREFIX`).
    package var keyPrefix = "webchat"
    /// Messages kept per room (`HISTORY_LENGTH`); a few more in Redis, which trims in blocks.
    package var historyLength = 10_000
    /// Bytes kept per room (`HISTORY_MB`): ten thousand messages of usual length take two million.
    package var roomBytes = 8 * 1024 * 1024
    /// Maximum memory of all rooms of an embedded node.
    package var memoryBytes = 256 * 1024 * 1024
    /// How long a message's key is remembered (`DEDUPE_SECONDS`).
    package var dedupeSeconds = 600
    /// How long a room outlives its last message (`ROOM_TTL_DAYS`).
    package var roomTTLDays = 90
    /// Subscribing connections (`REDIS_SUBSCRIBERS`); a room's is chosen by its stable hash.
    package var subscribers = 1
    /// Replicas that must have a message before it is acknowledged (`REDIS_WAIT_REPLICAS`).
    package var waitReplicas = 0

    package init() {}
}
