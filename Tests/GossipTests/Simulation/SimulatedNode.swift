import Gossip

/// A machine on which one process at a time gossips.
struct SimulatedNode {
    /// `nil`: no process runs.
    var instance: GossipInstance?
    /// How often a process was started: what a former one had planned is void.
    var starts = 0
    var plannedWake = 0
    var stalledUntil: Microseconds?
    /// What the kernel keeps for a process that stands still.
    var backlog: [(bytes: [UInt8], from: GossipAddress)] = []
    /// How far its wall clock is off, in milliseconds.
    var wallOffset: Int64 = 0
    /// Generations that ran here, with the highest incarnation each has raised itself to.
    var lives: [UInt64: UInt32] = [:]
    /// What its process knew of each member after its last step.
    var known: [String: Standing] = [:]

    var isUp: Bool { instance != nil }
    var isStalled: Bool { stalledUntil != nil }
}
