import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: NodeNetwork.isPossible, Comment(rawValue: NodeNetwork.whatItNeeds))) struct NodeNetworkTests {
    /// Prints for each of three nodes which of the others its ten datagrams reach, and how many.
    private static let datagrams = """
        import socket, sys
        nodes = sys.argv[1:]
        sockets = []
        for node in nodes:
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((node, 7946))
            s.settimeout(0.2)
            sockets.append(s)
        for sender in range(3):
            reached = []
            for receiver in range(3):
                if receiver == sender: continue
                for _ in range(10): sockets[sender].sendto(b"x", (nodes[receiver], 7946))
                count = 0
                try:
                    while count < 10: count += len(sockets[receiver].recv(9))
                except TimeoutError: pass
                reached.append(str(count))
            print(",".join(reached), end=" ")
        """

    private static func reached(_ network: NodeNetwork) throws -> String {
        try network.inside(["python3", "-c", datagrams] + (0..<3).map(network.address))
    }

    @Test func datagramsAreDroppedOneOrBothWaysUntilHealed() async throws {
        let network = try await NodeNetwork.start(nodes: 3)
        #expect(try Self.reached(network) == "10,10 10,10 10,10 ")
        try network.cut(from: 0, to: 1)
        #expect(try Self.reached(network) == "0,10 10,10 10,10 ")
        try network.cut(from: 1, to: 0)
        #expect(try Self.reached(network) == "0,10 0,10 10,10 ")
        #expect(try network.dropped() == 30)
        try network.heal()
        try network.lose(1)
        #expect(try Self.reached(network) == "0,0 0,0 0,0 ")
        try network.heal()
        #expect(try Self.reached(network) == "10,10 10,10 10,10 ")
    }

    @Test func theInterfaceIsRemovedWithTheNetwork() async throws {
        let network = try await NodeNetwork.start(nodes: 1)
        let interface = "/sys/class/net/\(network.interface)"
        #expect(FileManager.default.fileExists(atPath: interface))
        network.stop()
        try await eventually("the interface is gone") { !FileManager.default.fileExists(atPath: interface) }
    }
}
