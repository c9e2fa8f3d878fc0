import Actors
import ChatModel
import Foundation
import HTTPTypes
import Hummingbird

/// `/dev/faults`: makes actors of a room break an invariant, to show that users notice nothing. Only on nodes with
/// `WEBCHAT_DEV`, next to `/cluster`, and only for programs on the same machine.
///
/// ```
/// curl -X POST 'localhost:8080/dev/faults?actor=room&room=lobby'
/// curl -X POST 'localhost:8080/dev/faults?actor=connection&room=lobby'
/// ```
struct FaultRoutes {
    private static let path = RouterPath("/dev/faults")
    private static let loopback = ["127.0.0.0/8", "::1/128"].compactMap { AddressBlock($0) }

    private enum Target: String, CaseIterable {
        case room
        /// The actors of all members of the room on this node.
        case connection
    }

    let rooms: RoomDirectory

    func add(to router: Router<EdgeRequestContext>) {
        router.post(Self.path) { request, context in
            try Self.checkOrigin(of: request, context)
            let query = request.uri.queryParameters
            guard let target = query["actor"].flatMap({ Target(rawValue: String($0)) }) else {
                let names = Target.allCases.map(\.rawValue).joined(separator: " or ")
                throw HTTPError(.badRequest, message: "actor must be \(names)")
            }
            guard let room = query["room"].flatMap({ RoomName(String($0)) }) else {
                throw HTTPError(.badRequest, message: "room must be the name of a room")
            }
            guard await rooms.actor(of: room) != nil else {
                throw HTTPError(.notFound, message: "the room is not on this node")
            }
            switch target {
            case .room: await rooms.sabotage(room)
            case .connection: try await rooms.sabotageConnections(in: room)
            }
            return Response.text(.ok, "ordered")
        }
    }

    /// Rejects what a local proxy or browser forwards from elsewhere. A page whose name resolves to this machine (DNS
    /// rebinding) shows in `Host`.
    private static func checkOrigin(of request: Request, _ context: EdgeRequestContext) throws {
        guard let peer = context.peer,
            loopback.contains(where: { $0.contains(peer) }),
            !request.headers.contains(.forwardedFor), !request.headers.contains(.origin),
            namesThisMachine(request.head.authority)
        else {
            throw HTTPError(.forbidden, message: "only for programs on this machine")
        }
    }

    private static func namesThisMachine(_ authority: String?) -> Bool {
        guard let host = authority.flatMap({ URLComponents(string: "http://\($0)")?.host }) else { return false }
        let address = IPAddress(host.trimmingCharacters(in: ["[", "]"]))
        return host.lowercased() == "localhost" || address.map { ip in loopback.contains { $0.contains(ip) } } == true
    }
}
