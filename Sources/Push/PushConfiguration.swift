package import ChatModel
package import Sealing

/// Whether and how this node's cluster sends push messages.
package struct PushConfiguration: Sendable {
    /// What the message contains, besides the room. The push service cannot read it, but the browser's maker decides what
    /// happens to it on the device.
    package enum Content: String, Sendable, CaseIterable { case none, sender, text }

    /// Who runs this server: `mailto:` or `https:`, for push services.
    package let contact: String
    package let content: Content
    package let hosts: PushHosts
    /// The key of the server, and during a rotation of the secret also the one before.
    let keys: [String: P256Key]
    let publicKey: String

    /// - `secret`: the same on all nodes.
    package init(
        contact: String, content: Content, hosts: PushHosts, secret: [UInt8], previous: [UInt8]?
    ) throws(SealingError) {
        self.contact = contact
        self.content = content
        self.hosts = hosts
        var keys: [String: P256Key] = [:]
        let current = try P256Key.derived(from: secret, purpose: Self.purpose)
        publicKey = Base64URL.encode(current.publicKey)
        keys[publicKey] = current
        if let previous {
            let key = try P256Key.derived(from: previous, purpose: Self.purpose)
            keys[Base64URL.encode(key.publicKey)] = key
        }
        self.keys = keys
    }

    package var offer: PushOffer { PushOffer(key: publicKey, hosts: hosts) }

    private static let purpose = "webchat-push"
}
