import ArgumentParser

/// `webchat room`: shows rooms to operators, and does to them what nobody in them may do or wants to.
struct RoomModeration: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room",
        abstract: "List rooms, see who is in them, give roles, ban users and delete rooms.",
        discussion: """
            Asks a node on its ADMIN_PORT, and works on private rooms too. What it changes holds on every node, and \
            members see it as done by "operator".
            """,
        subcommands: [
            RoomList.self, RoomPeople.self, RoomBan.self, RoomUnban.self, RoomRoleGrant.self, RoomDeletion.self,
        ])
}
