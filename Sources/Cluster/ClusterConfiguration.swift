/// What the rooms' logs and the relay are to keep, and under which names. Resolved by `NodeConfiguration`; nothing in
/// this module reads the environment.
package struct ClusterConfiguration: Hashable, Sendable {
    /// First part of every key and channel in Redis (`KEY_PREFIX`).
    package var keyPrefix = "webchat"
    /// Messages kept per room (`HISTORY_LENGTH`); in Redis a little more, it trims whole blocks.
    package var historyLength = 10_000
    /// And bytes of them (`HISTORY_MB`): ten thousand messages of usual length have two million.
    package var roomBytes = 8 * 1024 * 1024
    /// What all rooms of an embedded node may hold in memory.
    package var memoryBytes = 256 * 1024 * 1024
    /// How long a message's key is remembered (`DEDUPE_SECONDS`).
    package var dedupeSeconds = 600
    /// How long a room outlives its last message (`ROOM_TTL_DAYS`).
    package var roomTTLDays = 90
    /// Subscribing connections (`REDIS_SUBSCRIBERS`); a room's is chosen by its stable hash.
    package var subscribers = 1
    /// Replicas that have to hold a message before it is acknowledged (`REDIS_WAIT_REPLICAS`).
    package var waitReplicas = 0

    package init() {}
}
