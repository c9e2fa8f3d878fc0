package import Operations

/// The servers behind the relay, as this node sees them: for `/cluster`.
package struct RelayTopology: Sendable {
    package enum Mode: String, Sendable { case single, sentinel, cluster }

    /// A primary, and what this node uses it for.
    package struct Shard: Sendable {
        package let address: String
        /// What is wrong with it; `nil`: this node publishes there and hears itself.
        package let trouble: String?
        /// `nil`: all rooms are there.
        package let slots: Int?
        /// Fraction of `maxmemory` in use; 0 without a limit.
        package let fill: Double
        /// The 99th percentile of this node's recent canaries there and back; `nil`: none yet.
        package let delay: Duration?
        package let replicas: [Replica]

        package init(
            address: String, trouble: String?, slots: Int?, fill: Double, delay: Duration?, replicas: [Replica]
        ) {
            self.address = address
            self.trouble = trouble
            self.slots = slots
            self.fill = fill
            self.delay = delay
            self.replicas = replicas
        }
    }

    package struct Replica: Sendable {
        package let address: HostPort
        package let isOnline: Bool
        /// In bytes of the replication stream.
        package let lag: Int64

        package init(address: HostPort, isOnline: Bool, lag: Int64) {
            self.address = address
            self.isOnline = isOnline
            self.lag = lag
        }
    }

    /// A change of the primary that this node has followed.
    package struct Failover: Sendable {
        package let primary: HostPort
        package let age: Duration

        package init(primary: HostPort, age: Duration) {
            self.primary = primary
            self.age = age
        }
    }

    package let mode: Mode
    /// Which Sentinel this node hears of failovers from; `nil`: there are none, or none answers.
    package let sentinel: HostPort?
    package let failover: Failover?
    package let shards: [Shard]

    package init(mode: Mode, sentinel: HostPort?, failover: Failover?, shards: [Shard]) {
        self.mode = mode
        self.sentinel = sentinel
        self.failover = failover
        self.shards = shards
    }
}
