/// How often canaries are sent, and how long to wait for one.
package struct CanaryPace: Hashable, Sendable {
    /// Minimum interval between a node's canaries.
    package var least = Duration.seconds(5)
    /// Interval per live node: every node receives all canaries, so nodes of a large cluster send less often.
    package var perNode = Duration.milliseconds(250)
    /// Extra time for the last canary to arrive.
    package var grace = Duration.seconds(1)
    /// How often a node checks what is due. Short, because a starting node is not ready before its first canary.
    package var tick = Duration.milliseconds(250)

    /// A node that misses its own canary for this many intervals is not ready.
    static let missed = 3

    package init() {}

    func interval(nodes: Int) -> Duration { max(least, perNode * nodes) }
}
