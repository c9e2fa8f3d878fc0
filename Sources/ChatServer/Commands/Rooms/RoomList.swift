import ArgumentParser
import ChatModel

/// `webchat room list`: prints the rooms, most recently active first.
struct RoomList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Print the open rooms, most recently active first.")

    @OptionGroup var admin: AdminPort

    @Flag(name: .customLong("private"), help: "Print the private rooms instead.")
    var isPrivate = false

    @Option(help: "Maximum number of rooms, up to 1000.")
    var limit = 200

    @Flag(help: "Print JSON.")
    var json = false

    struct Answer: Decodable {
        struct Room: Decodable {
            let room: String
            let kind: String
            let title: String
            /// Users with a role.
            let roles: Int
            /// Milliseconds since 1970.
            let lastActivity: Int64
        }

        let rooms: [Room]

        /// ```
        /// ROOM   KIND  ROLES  ACTIVE      TITLE
        /// lobby  open  0      5m 6s ago
        /// ```
        /// - `now`: milliseconds since 1970.
        func text(at now: Int64) -> String {
            guard !rooms.isEmpty else { return "no rooms" }
            let rows = rooms.map { room in
                let seconds = max(0, Double(now) - Double(room.lastActivity)) / 1_000
                return [
                    room.room, room.kind, String(room.roles), PlainDuration.text(seconds: seconds) + " ago", room.title,
                ].map(LogText.escaped)
            }
            return TextTable.text([["ROOM", "KIND", "ROLES", "ACTIVE", "TITLE"]] + rows)
        }
    }

    func run() async throws {
        let (answer, text) = try await admin.get(Answer.self, at: "?private=\(isPrivate)&limit=\(limit)")
        print(json ? text : answer.text(at: WallClock.milliseconds()))
    }
}
