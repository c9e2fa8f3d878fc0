package import ChatModel

/// A frame the server may send in `webchat.v1` (`docs/protocol.md`, section 4).
package enum ServerFrame: Hashable, Sendable {
    case welcome(Welcome)
    case joined(Joined)
    case resume(room: RoomName, epoch: Epoch, messages: [ChatMessage], more: Bool)
    case chat(room: RoomName, epoch: Epoch, message: ChatMessage)
    case ack(room: RoomName, key: String, id: MessageID)
    case reset(Reset)
    case history(History)
    case found(Found)
    case presence(Presence)
    case typing(room: RoomName, user: User)
    /// - `until`: when a ban ends, in milliseconds since 1970; `nil`: never, or it was none.
    case left(room: RoomName, reason: String, until: Int64? = nil)
    case renamed(user: User)
    /// Answers `renew`: the seconds until the new token ends.
    case renewed(expiresIn: Int)
    case error(FrameError)
    case goodbye(reason: String, reconnectAfterMs: Int)
    case pong(at: String?)
    /// Whether the node can currently accept messages.
    case status(writable: Bool)
    case traced(Traced)
    /// A room was made for the user, or an invitation accepted: it can be joined.
    case created(key: String, room: RoomName)
    case roles(Roles)
    /// What applies from `head` on, where the node had to read it again. `nil`: the room has no rules any more.
    case rules(room: RoomName, head: MessageID, Rules?)
    case invitation(Invitation)
    /// The user's private rooms.
    case rooms([RoomName])
    /// Somebody gave the user a role in a private room.
    case added(room: RoomName, from: User)
    /// Answers `upload`: where to send the file.
    case upload(Upload)
    /// An operator has deleted the room, with all that was said there.
    case deleted(room: RoomName)
    /// The user has read everything up to there, on another socket.
    case read(ReadPosition)
    case link(Link)
    /// `nil`: a link of the user was used.
    case linked(Linked?)
    /// Whether the device that was named gets push messages now.
    case push(key: String, on: Bool)

    /// An operator is a user who may see how the cluster is.
    package enum UserKind: String, Sendable { case guest, user, `operator` }

    package struct Welcome: Hashable, Sendable {
        package let user: User
        /// For the next hello of a guest; `nil`: the user has signed in.
        package let token: String?
        package let kind: UserKind
        /// Seconds until the token of a signed-in user ends.
        package let expiresIn: Int?
        /// Where the page asks for a token; `nil`: nobody can sign in.
        package let signIn: String?
        package let node: String
        package let limits: Limits
        /// Seconds of silence after which the server pings.
        package let heartbeat: Int
        /// `nil`: the node takes no files.
        package let files: Files?
        /// What the node knows beside the first version of the protocol.
        package let features: [String]
        /// The server's public key for push messages, in base64url; `nil`: it sends none.
        package let push: String?
        package init(
            user: User, token: String?, kind: UserKind = .guest, expiresIn: Int? = nil, signIn: String? = nil,
            push: String? = nil, node: String, limits: Limits,
            heartbeat: Int, files: Files? = nil, features: [String] = [Self.rooms]
        ) {
            self.user = user
            self.token = token
            self.kind = kind
            self.expiresIn = expiresIn
            self.signIn = signIn
            self.node = node
            self.limits = limits
            self.heartbeat = heartbeat
            self.files = files
            self.features = features
            self.push = push
        }

        /// Rooms that belong to somebody.
        package static let rooms = "rooms"
        /// Messages that answer others.
        package static let replies = "replies"
        /// There are accounts besides guests.
        package static let accounts = "accounts"
        /// How far the user has read is known to all their devices.
        package static let read = "read"
        /// Guests can go on elsewhere by a link.
        package static let links = "links"
        /// Browsers get push messages while the page is closed.
        package static let push = "push"
    }

    package struct Limits: Hashable, Sendable {
        package let textChars: Int
        package let frameBytes: Int
        package let rooms: Int
        package let burst: Int
        package let perSecond: Int
        package let dedupeSeconds: Int
        package init(textChars: Int, frameBytes: Int, rooms: Int, burst: Int, perSecond: Int, dedupeSeconds: Int) {
            self.textChars = textChars
            self.frameBytes = frameBytes
            self.rooms = rooms
            self.burst = burst
            self.perSecond = perSecond
            self.dedupeSeconds = dedupeSeconds
        }
    }

    /// Messages that are no longer available, both ends included.
    package struct Missing: Hashable, Sendable {
        package let from: MessageID
        package let to: MessageID
        package init(from: MessageID, to: MessageID) {
            self.from = from
            self.to = to
        }
    }

    package struct Joined: Hashable, Sendable {
        package let room: RoomName
        /// Epoch, and the head that this frame and the following `resume` pages reach.
        package let position: RoomPosition
        package let recovered: Bool
        package let missing: Missing?
        package let messages: [ChatMessage]
        package let more: Bool
        package let members: MemberList
        package let memberCount: Int
        /// `nil`: the room has none.
        package let rules: Rules?
        package init(
            room: RoomName, position: RoomPosition, recovered: Bool, missing: Missing?, messages: [ChatMessage],
            more: Bool, members: MemberList, memberCount: Int, rules: Rules? = nil
        ) {
            self.room = room
            self.position = position
            self.recovered = recovered
            self.missing = missing
            self.messages = messages
            self.more = more
            self.members = members
            self.memberCount = memberCount
            self.rules = rules
        }
    }

    package struct Reset: Hashable, Sendable {
        package let room: RoomName
        package let position: RoomPosition
        package let recovered: Bool
        package let missing: Missing?
        package let messages: [ChatMessage]
        package let more: Bool
        package init(
            room: RoomName, position: RoomPosition, recovered: Bool, missing: Missing?, messages: [ChatMessage],
            more: Bool
        ) {
            self.room = room
            self.position = position
            self.recovered = recovered
            self.missing = missing
            self.messages = messages
            self.more = more
        }
    }

    package struct History: Hashable, Sendable {
        package let room: RoomName
        /// Epoch and head of the log when the page was read; acts up to there are applied.
        package let position: RoomPosition
        package let messages: [ChatMessage]
        /// Whether there are more in the requested direction.
        package let more: Bool
        package init(room: RoomName, position: RoomPosition, messages: [ChatMessage], more: Bool) {
            self.room = room
            self.position = position
            self.messages = messages
            self.more = more
        }
    }

    /// The answer to `search`.
    package struct Found: Hashable, Sendable {
        package let room: RoomName
        package let query: String
        package let key: String?
        package let page: SearchPage
        package init(room: RoomName, query: String, key: String?, page: SearchPage) {
            self.room = room
            self.query = query
            self.key = key
            self.page = page
        }
    }

    package enum Presence: Hashable, Sendable {
        /// At most 50 each.
        case changed(room: RoomName, joined: [User], left: [User], memberCount: Int)
        /// The full list again; at most 200 of `memberCount`.
        case reset(room: RoomName, members: [User], memberCount: Int)
    }
}
