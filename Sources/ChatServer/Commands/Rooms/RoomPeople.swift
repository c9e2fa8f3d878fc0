import ArgumentParser
import ChatModel
import Foundation

/// `webchat room members`: prints who has a role in a room, and who is there.
struct RoomPeople: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "members", abstract: "Print who has which role in a room, and who is there now.")

    @OptionGroup var admin: AdminPort

    @Argument(help: "The room.")
    var room: RoomName

    @Flag(help: "Print JSON.")
    var json = false

    struct Answer: Decodable {
        struct Holder: Decodable {
            let id: String
            let name: String
            let role: String
            /// Milliseconds since 1970; `nil`: for good.
            let until: Int64?
        }

        struct Person: Decodable {
            let id: String
            let name: String
        }

        let room: String
        let kind: String
        let title: String
        let speak: String
        let slow: Int
        let roles: [Holder]
        let present: [Person]

        /// ```
        /// lobby: open, 1 role, 1 here
        ///
        /// USER ID  NAME  ROLE    UNTIL                 HERE
        /// 4f1c09   Ann   banned  2026-11-30T12:00:00Z
        /// 77aa02   Bob                                 yes
        /// ```
        /// Those with a role first.
        var text: String {
            var facts = [kind, "\(roles.count) role\(roles.count == 1 ? "" : "s")", "\(present.count) here"]
            if speak != Speakers.everyone.rawValue { facts.append("only \(speak) speak") }
            if slow > 0 { facts.append("a message every \(slow) s") }
            if !title.isEmpty { facts.append("\"\(title)\"") }
            let head = LogText.escaped("\(room): \(facts.joined(separator: ", "))")
            let names = Dictionary(present.map { ($0.id, $0.name) }) { first, _ in first }
            let known = Set(roles.map(\.id))
            let holders = roles.map { holder in
                [
                    holder.id, names[holder.id] ?? holder.name, holder.role, holder.until.map(Self.time) ?? "",
                    names[holder.id] == nil ? "" : "yes",
                ]
            }
            let others = present.filter { !known.contains($0.id) }.map { [$0.id, $0.name, "", "", "yes"] }
            let rows = (holders + others).map { $0.map(LogText.escaped) }
            guard !rows.isEmpty else { return head }
            return head + "\n\n" + TextTable.text([["USER ID", "NAME", "ROLE", "UNTIL", "HERE"]] + rows)
        }

        private static func time(_ ms: Int64) -> String {
            Date(timeIntervalSince1970: Double(ms) / 1_000).formatted(.iso8601)
        }
    }

    func run() async throws {
        let (answer, text) = try await admin.get(Answer.self, at: "/\(room)")
        print(json ? text : answer.text)
    }
}
