package import ChatModel
import NIOCore

/// Members of a room with their JSON, which all newcomers get: a list is encoded once, not for each of them.
package struct MemberList: Hashable, Sendable {
    package let users: [User]
    /// The array.
    let json: ByteBuffer

    package init(_ users: [User]) {
        var json = ByteBuffer()
        json.writeJSON(array: users) { $0.writeJSON($1) }
        self.users = users
        self.json = json
    }
}
