import ArgumentParser
import ChatModel

/// `webchat room ban`: keeps a user out of a room.
struct RoomBan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ban", abstract: "Ban a user from a room: they leave it on all their devices at once.",
        discussion: "A ban of a guest also keeps out other guests from the same address, unless they have a role there."
    )

    @OptionGroup var admin: AdminPort
    @OptionGroup var target: RoomTarget

    @Option(help: "For how many minutes; without it, until the user is unbanned.")
    var minutes: Int?

    @Option(help: "The user's name; without it, the one that the room knows.")
    var name: UserName?

    func run() async throws {
        try await admin.post(
            "/\(target.room)/role",
            [
                "user": target.user.description, "role": RoomRole.banned.rawValue, "minutes": minutes.map { "\($0)" },
                "name": name?.description,
            ])
        print("\(target.user) is banned from \(target.room)")
    }
}

/// `webchat room unban`: lets a user into a room again.
struct RoomUnban: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unban",
        abstract: "Let a banned user into a room again, into a private one only with a new role or invitation.")

    @OptionGroup var admin: AdminPort
    @OptionGroup var target: RoomTarget

    func run() async throws {
        try await admin.post("/\(target.room)/unban", ["user": target.user.description])
        print("\(target.user) is no longer banned from \(target.room)")
    }
}

/// `webchat room role`: gives or takes a role.
struct RoomRoleGrant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Give a user a role in a room, or take it away with `none`.")

    @OptionGroup var admin: AdminPort
    @OptionGroup var target: RoomTarget

    @Argument(help: "owner, moderator, member, banned or none.")
    var role: RoomRole

    @Option(help: "The user's name; without it, the one that the room knows.")
    var name: UserName?

    func run() async throws {
        try await admin.post(
            "/\(target.room)/role",
            ["user": target.user.description, "role": role.rawValue, "name": name?.description])
        print(
            role == .none
                ? "\(target.user) has no role in \(target.room)"
                : "\(target.user) is \(role.rawValue) in \(target.room)")
    }
}

/// Whose role in which room.
struct RoomTarget: ParsableArguments {
    @Argument(help: "The room.")
    var room: RoomName

    @Argument(help: "The user's id, as `webchat room members` prints it.")
    var user: UserID
}
