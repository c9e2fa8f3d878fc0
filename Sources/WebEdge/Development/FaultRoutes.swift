import ChatModel
import HTTPTypes
import Hummingbird
import NIOCore

/// `/dev/faults`: makes the next handlings of actors throw, to see that nobody notices. It stands beside `/cluster`, on
/// a node with `WEBCHAT_DEV` only, and answers programs on the same machine only.
///
/// ```
/// curl -X POST 'localhost:8080/dev/faults?point=room.deliver&room=lobby&times=3'
/// curl localhost:8080/dev/faults               # what is still to come
/// curl -X DELETE localhost:8080/dev/faults
/// ```
struct FaultRoutes {
    private static let path = RouterPath("/dev/faults")
    private static let forwardedFor = HTTPField.Name("X-Forwarded-For")
    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { AddressBlock($0) }

    let faults: PlannedFaults

    func add(to router: Router<EdgeRequestContext>) {
        router.get(Self.path) { request, context in
            try Self.checkOrigin(of: request, context)
            return Response.json(encode())
        }
        router.post(Self.path) { request, context in
            try Self.checkOrigin(of: request, context)
            guard faults.add(try Self.plan(request)) else {
                throw HTTPError(.conflict, message: "\(PlannedFaults.maximumPlans) faults wait already: DELETE them")
            }
            return Response.json(encode())
        }
        router.delete(Self.path) { request, context in
            try Self.checkOrigin(of: request, context)
            faults.removeAll()
            return Response.json(encode())
        }
    }

    /// A proxy on this machine passes on what comes from elsewhere, and so does a browser on behalf of any page.
    private static func checkOrigin(of request: Request, _ context: EdgeRequestContext) throws {
        guard let peer = context.remoteAddress.flatMap({ IPAddress($0) }),
            loopback.contains(where: { $0.contains(peer) }),
            forwardedFor.map({ request.headers.contains($0) }) == false, !request.headers.contains(.origin)
        else {
            throw HTTPError(.forbidden, message: "only for programs on this machine")
        }
    }

    private static func plan(_ request: Request) throws -> PlannedFaults.Plan {
        let query = request.uri.queryParameters
        guard let point = query["point"].flatMap({ PlannedFaults.Point(rawValue: String($0)) }) else {
            let points = PlannedFaults.Point.allCases.map(\.rawValue).joined(separator: ", ")
            throw HTTPError(.badRequest, message: "point must be one of \(points)")
        }
        let room = try query["room"].map { text in
            guard let room = RoomName(String(text)) else {
                throw HTTPError(.badRequest, message: "room is no room's name")
            }
            return room
        }
        let times = try query["times"].map { text in
            guard let times = Int(text), (1...1_000_000).contains(times) else {
                throw HTTPError(.badRequest, message: "times must be a whole number from 1 to 1000000")
            }
            return times
        }
        return PlannedFaults.Plan(point: point, room: room, times: times ?? 1)
    }

    private func encode() -> ByteBuffer {
        var json = ByteBuffer()
        json.writeJSON(literal: #"{"thrown":"#)
        json.writeJSON(faults.thrown)
        json.writeJSON(literal: #","waiting":"#)
        json.writeJSON(array: faults.plans) { json, plan in
            json.writeJSON(literal: #"{"point":"#)
            json.writeJSON(plan.point.rawValue)
            if let room = plan.room {
                json.writeJSON(literal: #","room":"#)
                json.writeJSON(room.description)
            }
            json.writeJSON(literal: #","times":"#)
            json.writeJSON(plan.times)
            json.writeJSON(literal: "}")
        }
        json.writeJSON(literal: "}")
        return json
    }
}
