package import ChatModel
import NIOCore

/// Frames about the user's other devices (`docs/protocol.md`, section 14).
extension ServerFrame {
    /// The answer to `link`.
    package struct Link: Hashable, Sendable {
        package let key: String
        /// Whose it is; `nil`: the reader's own.
        package let user: User?
        /// Only for who asked for a link.
        package let token: String?
        /// In seconds.
        package let expiresIn: Int

        package init(key: String, user: User? = nil, token: String? = nil, expiresIn: Int) {
            self.key = key
            self.user = user
            self.token = token
            self.expiresIn = expiresIn
        }
    }

    /// The answer to a `link` that takes it.
    package struct Linked: Hashable, Sendable {
        package let key: String
        package let user: User
        /// For the next hello.
        package let token: String

        package init(key: String, user: User, token: String) {
            self.key = key
            self.user = user
            self.token = token
        }
    }
}

extension ServerFrame.Link {
    func encode(into buffer: inout ByteBuffer) {
        buffer.open("link")
        buffer.member("key", key)
        if let user { buffer.member("user", user) }
        if let token { buffer.member("token", token) }
        buffer.member("expiresIn", expiresIn)
    }
}

extension ServerFrame.Linked {
    func encode(into buffer: inout ByteBuffer) {
        buffer.member("key", key)
        buffer.member("user", user)
        buffer.member("token", token)
    }
}

extension ByteBuffer {
    /// Begins a frame of the type `read`, which client and server write alike.
    mutating func open(_ read: ReadPosition) {
        open("read", read.room)
        member("epoch", read.position.epoch.description)
        member("id", read.position.id)
    }
}
