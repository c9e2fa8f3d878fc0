import Foundation
import TestSupport
import Testing

extension Integration {
    /// Who hears whom, as every node tells it: by canaries through Redis, and by gossip from node to node.
    struct CanaryMatrixTests {
        @Test func everyNodeShowsTheCanaryMatrixAndForgetsGoneNodes() async throws {
            try await withCluster(2) { _, nodes in
                for node in nodes {
                    try await eventually("the matrix of \(node.name) is full", within: .seconds(60)) {
                        let matrix = try await node.cluster().canary.matrix
                        return Set(matrix.keys) == ["n1", "n2"]
                            && matrix.values.allSatisfy { Set($0.keys) == ["n1", "n2"] }
                    }
                    for cell in try await node.cluster().canary.matrix.values.flatMap(\.values) {
                        #expect(cell.number >= 1 && cell.lastMs >= 0 && cell.p99Ms >= cell.lastMs)
                    }
                }
                nodes[1].signal(SIGTERM)
                try await nodes[1].waitForExit()
                try await eventually("n2 is out of the matrix", within: .seconds(60)) {
                    let matrix = try await nodes[0].cluster().canary.matrix
                    return Set(matrix.keys) == ["n1"] && matrix["n1"].map { Set($0.keys) } == ["n1"]
                }
            }
        }
    }
}
