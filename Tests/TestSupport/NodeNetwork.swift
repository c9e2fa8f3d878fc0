import Foundation

/// Where a test starts a server: in the tests' own network, or in a `NodeNetwork`.
package struct Place: Sendable {
    package let host: String
    /// How a program is started there: before its path and arguments.
    package let entrance: [String]

    package static let loopback = Place(host: "127.0.0.1", entrance: [])
}

/// The network between the nodes of one test, which can be made bad: a network namespace in which each node has an
/// address, with a firewall of its own. Tests and Redis stay outside, and a pair of interfaces leads to them.
///
/// ```
///   tests, Redis  198.18.k.1 ═══╪═══ 198.18.k.11, .12, .13  nodes
///                              namespace
/// ```
///
/// TCP stays whole, except with `cutOff`. The namespace lives as long as the process that holds it, and takes
/// interfaces and rules with it; `OrphanGuard` sees to that process.
package final class NodeNetwork: Sendable {
    /// Whether this user may have namespaces on this system, and the tools are there.
    package static let isPossible: Bool = {
        let probe = [
            "ip link add probe type veth peer name other", "ip addr add 198.18.0.1/24 dev probe",
            "iptables -w -A INPUT -p udp -m statistic --mode random --probability 0.5 -j DROP",
            "nsenter --net=/proc/self/ns/net true",
        ].joined(separator: " && ")
        return (try? run(["unshare", "--net", "sh", "-c", probe])) != nil
    }()
    package static let whatItNeeds = "needs Linux, root, ip and iptables: scripts/setup test"

    /// Where those inside find what is outside.
    package let outside: Place
    private let entrance: [String]
    /// Outside; the other one of the pair is called `inside`.
    package let interface: String
    private let subnet: String
    private let holder: ChildProcess

    package static func start(nodes count: Int) async throws -> NodeNetwork {
        let holder = try ChildProcess(["unshare", "--net", "sleep", "86400"])
        let network = try NodeNetwork(holder: holder)
        try await network.connect(count)
        return network
    }

    private init(holder: ChildProcess) throws {
        self.holder = holder
        // Of the addresses that are kept free for measuring networks (RFC 2544); others may test at the same time.
        let third = try (0..<256).shuffled().first {
            try Self.run(["ip", "route", "show", "198.18.\($0).0/24"]).isEmpty
        }
        guard let third else { throw TestFailure("no free subnet in 198.18.0.0/16") }
        subnet = "198.18.\(third)"
        interface = "webchat\(third)"
        outside = Place(host: "\(subnet).1", entrance: [])
        entrance = ["/usr/bin/env", "nsenter", "--net=/proc/\(holder.identifier)/ns/net"]
    }

    private func connect(_ count: Int) async throws {
        let namespace = "/proc/\(holder.identifier)/ns/net"
        let ours = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
        try await eventually("the namespace is there") {
            let theirs = try? FileManager.default.destinationOfSymbolicLink(atPath: namespace)
            return theirs != nil && theirs != ours
        }
        try Self.run([
            "ip", "link", "add", interface, "type", "veth", "peer", "name", "inside", "netns",
            "\(holder.identifier)",
        ])
        try Self.run(["ip", "addr", "add", "\(outside.host)/24", "dev", interface])
        try Self.run(["ip", "link", "set", "dev", interface, "up"])
        try inside(["ip", "link", "set", "dev", "lo", "up"])
        try inside(["ip", "link", "set", "dev", "inside", "up"])
        for node in 0..<count { try inside(["ip", "addr", "add", "\(address(of: node))/24", "dev", "inside"]) }
    }

    /// Takes interfaces and rules away, when the nodes have ended too.
    package func stop() {
        holder.signal(SIGKILL)
    }

    /// - `node`: counted from 0.
    package func address(of node: Int) -> String { "\(subnet).\(11 + node)" }

    package func place(of node: Int) -> Place { Place(host: address(of: node), entrance: entrance) }

    // MARK: - Faults

    /// No datagram comes through from the one to the other, until `heal`.
    package func cut(from sender: Int, to receiver: Int) throws {
        try firewall(["-s", address(of: sender), "-d", address(of: receiver), "-j", "DROP"])
    }

    /// Of all datagrams between all nodes this share is lost, until `heal`.
    package func lose(_ share: Double) throws {
        try firewall(["-m", "statistic", "--mode", "random", "--probability", "\(share)", "-j", "DROP"])
    }

    /// Nothing gets in or out, until `heal`, except by TCP from and to the address of one node: that of the tests.
    package func cutOff(except node: Int) throws {
        for (chain, interface, end) in [("INPUT", "-i", "-d"), ("OUTPUT", "-o", "-s")] {
            let rule = ["iptables", "-w", "-A", chain, interface, "inside"]
            try inside(rule + ["-p", "udp", "-j", "DROP"])
            try inside(rule + ["!", end, address(of: node), "-j", "DROP"])
        }
    }

    /// Ends every fault.
    package func heal() throws { try inside(["iptables", "-w", "-F"]) }

    /// How many datagrams were dropped since the last `heal`.
    package func dropped() throws -> Int {
        try inside(["iptables", "-w", "-vnxL", "INPUT"]).split(separator: "\n").dropFirst(2)
            .compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }.reduce(0, +)
    }

    private func firewall(_ rule: [String]) throws {
        try inside(["iptables", "-w", "-A", "INPUT", "-p", "udp"] + rule)
    }

    /// Runs a program inside, and returns what it printed.
    @discardableResult
    package func inside(_ command: [String]) throws -> String { try Self.run(entrance + command) }

    @discardableResult
    private static func run(_ command: [String]) throws -> String {
        let (output, status) = try ChildProcess.run(command, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])
        guard status == 0 else { throw TestFailure("\(command.joined(separator: " ")): \(output)") }
        return output
    }
}

/// Gives `body` nodes in a network of their own that meet in a Redis outside of it.
package func withNodeNetwork<Result>(
    _ count: Int, _ body: (NodeNetwork, [NodeProcess]) async throws -> Result
) async throws -> Result {
    let network = try await NodeNetwork.start(nodes: count)
    defer { network.stop() }
    return try await withRedisServer(at: network.outside) { redis in
        let nodes = try (0..<count).map { node in
            try NodeProcess(name: "n\(node + 1)", at: network.place(of: node), environment: ["REDIS_URL": redis.url])
        }
        return try await withNodes(nodes) { try await body(network, $0) }
    }
}
