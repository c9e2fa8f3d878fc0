package import ChatModel
import Synchronization

/// The faults that a developer has ordered by `/dev/faults`: the next handlings at a point throw.
///
/// Made by a node with `WEBCHAT_DEV` only. May be used from any thread.
package final class PlannedFaults: FaultInjector {
    enum Point: String, CaseIterable {
        case connectionReceive = "connection.receive"
        case connectionDeliver = "connection.deliver"
        case roomSubmit = "room.submit"
        case roomDeliver = "room.deliver"
        case subscriberReceive = "subscriber.receive"
    }

    struct Plan: Hashable {
        let point: Point
        /// `nil`: any.
        let room: RoomName?
        /// So often it is still to throw.
        var times: Int
    }

    private struct State {
        var plans: [Plan] = []
        var thrown = 0
    }

    private struct Ordered: Error, CustomStringConvertible {
        let point: Point
        var description: String { "a fault ordered by /dev/faults at \(point.rawValue)" }
    }

    /// More cannot wait at one time.
    static let maximumPlans = 100

    private let state = Mutex(State())

    package init() {}

    var plans: [Plan] { state.withLock(\.plans) }
    var thrown: Int { state.withLock(\.thrown) }

    /// - Returns: whether there was room for it.
    func add(_ plan: Plan) -> Bool {
        state.withLock { state in
            guard state.plans.count < Self.maximumPlans else { return false }
            state.plans.append(plan)
            return true
        }
    }

    func removeAll() {
        state.withLock { $0.plans = [] }
    }

    package func check(_ point: FaultPoint) throws {
        let (point, room) = Self.place(of: point)
        let throwing = state.withLock { state -> Bool in
            let matches = { (plan: Plan) in
                plan.point == point && (plan.room == nil || room == nil || plan.room == room)
            }
            guard let index = state.plans.firstIndex(where: matches) else { return false }
            state.plans[index].times -= 1
            if state.plans[index].times <= 0 { state.plans.remove(at: index) }
            state.thrown += 1
            return true
        }
        if throwing { throw Ordered(point: point) }
    }

    private static func place(of point: FaultPoint) -> (Point, RoomName?) {
        switch point {
        case .connectionReceive(let room, _): (.connectionReceive, room)
        case .connectionDeliver(let room, _, _): (.connectionDeliver, room)
        case .roomSubmit(let room): (.roomSubmit, room)
        case .roomDeliver(let room, _): (.roomDeliver, room)
        case .subscriberReceive: (.subscriberReceive, nil)
        }
    }
}
