import Foundation
import TestSupport
import Testing

struct OrphanGuardTests {
    @Test func guardedProcessesEndWithTheGuardAndReleasedOnesLive() async throws {
        let (kept, released) = (try Self.sleeper(), try Self.sleeper())
        defer {
            // SIGTERM may be blocked: the mask is inherited from the thread that starts a process.
            for process in [kept, released] where process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        do {
            let orphans = OrphanGuard()
            orphans.keep(kept.processIdentifier)
            orphans.keep(released.processIdentifier)
            orphans.release(released.processIdentifier)
        }
        try await eventually("the kept process is killed") { !kept.isRunning }
        #expect(kept.terminationStatus == SIGKILL)
        #expect(released.isRunning)
    }

    private static func sleeper() throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["sleep", "600"]
        // Not ours: who waits for the end of the tests' output would wait for it too.
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}
