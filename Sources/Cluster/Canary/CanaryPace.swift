/// How often canaries fly, and how long one is waited for.
package struct CanaryPace: Hashable, Sendable {
    /// Between two canaries of a node, in a small cluster.
    package var least = Duration.seconds(5)
    /// For each living node: everybody hears everybody, so that in a large cluster each has to speak less often.
    package var perNode = Duration.milliseconds(250)
    /// On top of the intervals without a canary, for the last one to arrive.
    package var grace = Duration.seconds(1)
    /// How often a node looks whether something is due. A node that starts is not ready before its first canary, so this
    /// is short.
    package var tick = Duration.milliseconds(250)

    /// Whoever has not heard itself for so many intervals is not ready.
    static let missed = 3

    package init() {}

    func interval(nodes: Int) -> Duration { max(least, perNode * nodes) }
}
