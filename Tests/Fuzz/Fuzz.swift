#if DEBUG
    import ArgumentParser
    import Foundation

    /// Gives the parsers of foreign bytes inputs that nobody thought of, and looks whether what must hold does.
    ///
    /// `make fuzz` runs it with address sanitizer, `make test` for a minute without. Start reading at `FuzzTarget`; the parsers
    /// are in `Targets/`. It has no coverage to go by: an input that leads to an outcome not seen before is kept and changed
    /// further, so targets tell outcomes apart as finely as they can.
    @main struct Fuzz: ParsableCommand {
        @Option(help: "how long, in all") var seconds = 60.0
        @Option(help: "the randomness of this run; the same seed gives the same inputs") var seed: UInt64?
        @Option(help: "one target alone") var only: String?
        @Option(help: "known inputs, a file for each target") var corpus = "Tests/Fuzz/corpus"

        func run() throws {
            let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
            let targets = try FuzzTarget.all().filter { only == nil || $0.name == only }
            guard !targets.isEmpty else { throw ValidationError("--only is none of the targets: \(only ?? "")") }
            print("seed \(seed)")
            CrashReport.arm()
            var total = 0
            var found = false
            for target in targets {
                var run = FuzzRun(target, seed: seed)
                do {
                    try run.replay(Corpus.inputs(of: target.name, in: corpus))
                    try run.mutate(for: seconds / Double(targets.count))
                } catch let finding as Finding {
                    found = true
                    print("\(target.name): \(finding.message)\n    \(Corpus.line(of: run.input))")
                    print("    add that line to \(corpus)/\(target.name).txt, and mend the parser")
                }
                total += run.count
                print(run.summary)
            }
            print("\(total) inputs")
            if found { throw ExitCode.failure }
        }
    }
#else
    @main struct Fuzz {
        /// What it looks at is not public, so it is only built for debugging.
        static func main() { print("build it by `make fuzz`") }
    }
#endif
