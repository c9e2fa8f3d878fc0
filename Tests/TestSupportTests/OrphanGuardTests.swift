import Foundation
import TestSupport
import Testing

struct OrphanGuardTests {
    @Test func guardedProcessesEndWithTheGuardAndReleasedOnesLive() async throws {
        let (kept, released) = (try ChildProcess(["sleep", "600"]), try ChildProcess(["sleep", "600"]))
        do {
            let orphans = OrphanGuard()
            orphans.keep(kept.identifier)
            orphans.keep(released.identifier)
            orphans.release(released.identifier)
        }
        try await eventually("the kept process is killed") { !kept.isRunning }
        #expect(kept.status == -SIGKILL)
        #expect(released.isRunning)
    }
}
