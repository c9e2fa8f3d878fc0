import ChatModel
import NIOCore

/// The rooms that guests of one client address may still make on this node, as long as there are not too many.
struct AddressRooms: RoomAllowance {
    let allowance: Allowance
    let index: any RoomIndex
    let metrics: EdgeMetrics

    func take(for room: RoomName, on eventLoop: any EventLoop) -> RelayError? {
        if index.isFull(for: room, on: eventLoop) {
            metrics.limited(by: .maximumRooms)
            return .roomsFull
        }
        guard case .refused(let wait) = allowance.take(1, at: .now()) else { return nil }
        metrics.limited(by: .rooms)
        return .tooManyRooms(for: wait)
    }

    func giveBack() { allowance.giveBack(1) }
}
