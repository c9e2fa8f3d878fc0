import ChatModel
import Push
import Sealing

/// The settings of push messages, which `PUSH_CONTACT` turns on.
struct PushSettings: Sendable {
    var contact: String?
    var content: PushConfiguration.Content?
    var hosts: PushHosts?
}

extension NodeConfiguration {
    mutating func completePush() throws(ConfigurationError) {
        guard push.contact != nil else {
            guard let given = push.content != nil ? "PUSH_CONTENT" : push.hosts != nil ? "PUSH_HOSTS" : nil else {
                return
            }
            throw ConfigurationError("\(given) needs PUSH_CONTACT, which turns push messages on")
        }
        guard secret != nil || stateDirectory != nil else {
            throw ConfigurationError(
                "PUSH_CONTACT needs STATE_DIR or CLUSTER_SECRET: browsers must know the server again after a restart")
        }
    }

    /// `nil`: no push messages. The server's key is derived from the cluster secret, or on a standalone node from that in
    /// its state directory: so all nodes have the same, and nobody has to distribute it.
    func pushConfiguration() throws(SealingError) -> PushConfiguration? {
        guard let contact = push.contact, let hosts = push.hosts ?? PushHosts(PushHosts.usual) else { return nil }
        let bytes: [UInt8]
        if let secret {
            bytes = secret
        } else if let stateDirectory {
            bytes = try NodeSecret.kept(in: stateDirectory).bytes
        } else {
            return nil
        }
        return try PushConfiguration(
            contact: contact, content: push.content ?? .sender, hosts: hosts, secret: bytes, previous: previousSecret)
    }
}

extension ConfigurationVariable {
    static let push = [
        ConfigurationVariable(
            "PUSH_CONTACT", fallback: "none: no push messages",
            help: "your address for push services, mailto: or https:; turns push messages on",
            expected: "mailto:NAME@HOST or https://HOST"
        ) { text, configuration in
            configuration.push.contact = text
            return text.utf8.count <= 200
                && text.wholeMatch(of: #/(mailto:[^@\s"\\<>]+@|https:\/\/)[^@\s"\\<>]+/#) != nil
                && text.unicodeScalars.allSatisfy(\.isASCII)
        },
        ConfigurationVariable(
            "PUSH_CONTENT", fallback: "sender",
            help: "what push messages tell: only the room, also the sender, or the text",
            expected: "one of " + PushConfiguration.Content.allCases.map(\.rawValue).joined(separator: ", ")
        ) { text, configuration in
            configuration.push.content = PushConfiguration.Content(rawValue: text)
            return configuration.push.content != nil
        },
        list(
            "PUSH_HOSTS", fallback: PushHosts.usual.joined(separator: ","),
            help: "push services that nodes send to; an origin such as https://push.example:8443 may name a port",
            expected: "a comma-separated list of hosts, *.domains or origins",
            element: { PushHosts([$0]) == nil ? nil : $0 }
        ) { $0.push.hosts = PushHosts($1) },
    ]
}
