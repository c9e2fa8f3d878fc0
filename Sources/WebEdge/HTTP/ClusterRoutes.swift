import ChatModel
import Hummingbird
import NIOCore
import Supervision

/// `/cluster`: the nodes as this one sees them, and how its own services fare.
struct ClusterRoutes {
    let membership: any MembershipView
    let relay: @Sendable () -> EdgeSources.RelayStatus
    let supervision: SupervisionTree

    func add(to router: Router<EdgeRequestContext>) {
        router.get("/cluster") { _, _ in Response.json(encode(now: WallClock.milliseconds())) }
    }

    /// - `now`: milliseconds since 1970.
    func encode(now: Int64) -> ByteBuffer {
        var json = ByteBuffer()
        json.writeJSON(literal: #"{"v":1,"self":"#)
        json.writeJSON(membership.own.name)
        json.writeJSON(literal: #","generatedAt":"#)
        json.writeJSON(now)
        json.writeJSON(literal: #","members":"#)
        json.writeJSON(array: membership.members.sorted { $0.node.name < $1.node.name }) { json, member in
            json.writeJSON(literal: #"{"id":"#)
            json.writeJSON(member.node.name)
            json.writeJSON(literal: #","generation":"#)
            json.writeJSON(member.node.generation)
            json.writeJSON(literal: #","addr":"#)
            json.writeJSON(member.address)
            json.writeJSON(literal: #","state":"#)
            json.writeJSON(member.state.rawValue)
            json.writeJSON(literal: #","version":"#)
            json.writeJSON(member.version)
            json.writeJSON(literal: #","uptimeS":"#)
            // Another machine's clock may be ahead of ours.
            json.writeJSON(max(0, now.subtractingReportingOverflow(member.startedAt).partialValue / 1000))
            json.writeJSON(literal: "}")
        }
        let relay = relay()
        json.writeJSON(literal: #","relay":{"kind":"#)
        json.writeJSON(relay.kind.rawValue)
        json.writeJSON(literal: #","connected":"#)
        json.writeJSON(relay.connected)
        json.writeJSON(literal: #"},"supervision":"#)
        let looked = ContinuousClock.now
        json.writeJSON(supervision.snapshot(now: looked), now: looked)
        json.writeJSON(literal: "}")
        return json
    }
}
