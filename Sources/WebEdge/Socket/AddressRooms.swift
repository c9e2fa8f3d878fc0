import ChatModel
import NIOCore

/// The rooms that guests of one client address may still make on this node.
struct AddressRooms: RoomAllowance {
    let allowance: Allowance
    let metrics: EdgeMetrics

    func take() -> RelayError? {
        guard case .refused(let wait) = allowance.take(1, at: .now()) else { return nil }
        metrics.limited(by: .rooms)
        return .tooManyRooms(for: wait)
    }

    func giveBack() { allowance.giveBack(1) }
}
