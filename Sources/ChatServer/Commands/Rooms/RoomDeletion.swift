import ArgumentParser
import ChatModel
import Foundation

/// `webchat room delete`: deletes a room with all that was said there.
struct RoomDeletion: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a room with its messages, roles and bans.",
        discussion: """
            Members of an open room stay in it, and see it empty; those of a private room are removed. An open room \
            begins anew with its next message. To keep users out, ban them instead.
            """)

    @OptionGroup var admin: AdminPort

    @Argument(help: "The room.")
    var room: RoomName

    @Flag(help: "Do not ask.")
    var yes = false

    func run() async throws {
        guard yes || isConfirmed else {
            throw ValidationError("\(room) is not deleted: confirm it with --yes")
        }
        try await admin.post("/\(room)/delete")
        print("\(room) is deleted")
    }

    /// By somebody at a terminal, who types the room's name.
    private var isConfirmed: Bool {
        guard isatty(STDIN_FILENO) == 1 else { return false }
        print("This deletes all messages and roles of \(room). Type its name to confirm: ", terminator: "")
        fflush(nil)
        return readLine() == room.description
    }
}
