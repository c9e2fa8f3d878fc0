import NIOCore
import TestSupport
import Testing

@testable import ChatServer
@testable import WebEdge

@Suite struct MachineTests {
    private let directory = TemporaryDirectory()

    @Test func thePageIsFoundBesideTheBinaryBeforeShare() throws {
        var machine = try directory.machine()
        machine.workingDirectory = directory.path + "/elsewhere"
        let error = #expect(throws: ConfigurationError.self) { try machine.staticDirectory(given: "") }
        #expect(error?.description.contains("set STATIC_DIR") == true)

        try directory.write("", to: "bin/frontend/index.html")
        #expect(try machine.staticDirectory(given: "") == directory.path + "/bin/frontend")
        try directory.write("", to: "share/webchat/frontend/index.html")
        #expect(try machine.staticDirectory(given: "") == directory.path + "/bin/../share/webchat/frontend")
        #expect(try machine.staticDirectory(given: directory.path + "/frontend") == directory.path + "/frontend")
    }

    @Test func anyHostNameMakesANodeName() throws {
        var machine = try directory.machine()
        for hostName in ["", "a b.example", "Büro", String(repeating: "h", count: 200)] {
            machine.hostName = hostName
            let name = machine.freshNodeName()
            #expect(ConfigurationVariable.isName(name), "\(name)")
            #expect(name != machine.freshNodeName())
        }
    }

    @Test func aSpecificListenAddressIsAdvertised() throws {
        let machine = try directory.machine()
        #expect(machine.advertisedHost(listeningOn: "10.1.2.3") == "10.1.2.3")
        #expect(machine.advertisedHost(listeningOn: "0.0.0.0") != "0.0.0.0")
    }

    /// What leads to Redis leads to the other nodes, if it is of a family on which the node listens.
    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func theAddressOnTheRouteToRedisIsAdvertised(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let far4 = ["10.1.2.3", "192.168.7.8", "203.0.113.9", "172.17.0.2"]
        let far6 = ["2001:db8::7", "fd00::1:2", "2a00:1:2::3"]
        let near = ["127.0.0.1", "::1", "169.254.3.4", "fe80::1", "0.0.0.0", "::"]
        let pool = [far4 + near, far6 + near, near, far4 + far6 + near].randomElement(using: &random) ?? near
        let devices = try pool.shuffled(using: &random).prefix(.random(in: 0...6, using: &random)).map {
            try SocketAddress(ipAddress: $0, port: 0)
        }
        let route = try devices.randomElement(using: &random).map {
            try SocketAddress(ipAddress: $0.ipAddress ?? "", port: 4_711)
        }
        for host in ["0.0.0.0", "::"] {
            let chosen = Machine.choose(listeningOn: host, route: route, devices: devices)
            let usable = host == "::" ? far4 + far6 : far4
            if let text = route?.ipAddress, usable.contains(text) {
                #expect(chosen == text, "seed \(seed)")
            } else if let any = devices.compactMap(\.ipAddress).first(where: usable.contains) {
                #expect(usable.contains(chosen), "seed \(seed): \(chosen), although there is \(any)")
            } else {
                #expect(chosen == "127.0.0.1" || chosen == "::1" && host == "::", "seed \(seed)")
            }
        }
    }

    @Test func anIPv6OnlyMachineAdvertisesIPv6() throws {
        let devices = try ["::1", "fe80::5", "2001:db8::5"].map { try SocketAddress(ipAddress: $0, port: 0) }
        #expect(Machine.choose(listeningOn: "::", route: nil, devices: devices) == "2001:db8::5")
        #expect(Machine.choose(listeningOn: "::", route: devices[0], devices: devices) == "2001:db8::5")
        #expect(Machine.choose(listeningOn: "::", route: devices[0], devices: [devices[0]]) == "::1")
    }

    @Test func theSystemKnowsTheRoute() {
        #expect(LocalRoute.address(towards: "127.0.0.1", port: 6_379)?.ipAddress == "127.0.0.1")
        #expect(LocalRoute.address(towards: "::1", port: 6_379)?.ipAddress == "::1")
        #expect(LocalRoute.address(towards: "no-such-host.invalid", port: 6_379) == nil)
    }

    @Test(arguments: [
        ("ADVERTISE_HOST", "[::1]", "::1"), ("ADVERTISE_HOST", "node.example", "node.example"), ("HOST", "[::]", "::"),
        ("ADVERTISE_HOST", "10.0.0.1:8080", nil), ("ADVERTISE_HOST", "http://x", nil), ("HOST", "[::1]:80", nil),
        ("GOSSIP_HOST", "a/b", nil), ("ADVERTISE_HOST", "fe80::1%eth0", "fe80::1%eth0"),
    ])
    func hostsAreGivenWithoutAPort(variable: String, value: String, host: String?) throws {
        let machine = try directory.machine()
        let found = try? NodeConfiguration(flags: [variable: value], environment: [:], machine: machine)
        #expect((variable == "HOST" ? found?.edge.host : found?.advertiseHost) == host)
    }

    @Test func theDescriptorLimitIsRaisedOnce() {
        let limit = DescriptorLimit.raised()
        #expect(limit > 0)
        #expect(DescriptorLimit.raised() == limit)
    }
}
