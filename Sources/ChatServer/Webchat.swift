import ArgumentParser

/// The program. Start reading at `Serve`, which resolves a `NodeConfiguration` and runs a `Node`: the one file that
/// names every concrete type.
@main
struct Webchat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webchat",
        abstract: "A chat that runs on one machine or on many.",
        subcommands: [Serve.self, ClusterTable.self, ActorTree.self, Health.self, Verify.self, Load.self],
        defaultSubcommand: Serve.self)
}
