import ArgumentParser

/// The program. Start reading at `Serve`, which resolves a `NodeConfiguration` and runs a `Node`.
@main
struct Webchat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webchat",
        abstract: "A chat server that runs on one machine or many.",
        subcommands: [
            Serve.self, ClusterTable.self, ActorTree.self, Health.self, RoomModeration.self, Verify.self, Load.self,
        ],
        defaultSubcommand: Serve.self)
}
