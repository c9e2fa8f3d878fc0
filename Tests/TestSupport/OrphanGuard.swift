import Foundation
import Synchronization

/// Kills what tests have started when their own process ends, however it ends: a shell that reads process numbers from a
/// pipe, and at the pipe's end kills those which were not taken back.
package final class OrphanGuard: Sendable {
    package static let shared = OrphanGuard()

    private static let script = """
        trap '' HUP INT TERM
        while read -r verb pid; do
            kept=
            for one in $pids; do [ "$one" = "$pid" ] || kept="$kept $one"; done
            [ "$verb" = keep ] && kept="$kept $pid"
            pids=$kept
        done
        [ -z "$pids" ] || kill -9 $pids
        """

    private let pipe: Mutex<Pipe>

    /// Where there is no shell nothing is guarded; tests go on.
    package init() {
        // A shell that was killed is an error to be passed over, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        let pipe = Pipe()
        let shell = Process()
        shell.executableURL = URL(filePath: "/bin/sh")
        shell.arguments = ["-c", Self.script]
        shell.standardInput = pipe
        shell.standardOutput = FileHandle.nullDevice
        shell.standardError = FileHandle.nullDevice
        try? shell.run()
        self.pipe = Mutex(pipe)
    }

    deinit {
        pipe.withLock { try? $0.fileHandleForWriting.close() }
    }

    package func keep(_ process: Int32) { tell("keep \(process)\n") }

    /// The process has ended: its number may soon be another's.
    package func release(_ process: Int32) { tell("release \(process)\n") }

    private func tell(_ line: String) {
        // A line is shorter than what a pipe takes as a whole (POSIX: PIPE_BUF).
        pipe.withLock { try? $0.fileHandleForWriting.write(contentsOf: Data(line.utf8)) }
    }
}
