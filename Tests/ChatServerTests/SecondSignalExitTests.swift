import Foundation
import Testing
import UnixSignals

@testable import ChatServer

@Suite(.timeLimit(.minutes(1))) struct SecondSignalExitTests {
    @Test func theFirstSignalIsLeftToOtherHandlers() async {
        await #expect(processExitsWith: .success) {
            try await SecondSignalExit.watching { signals in
                kill(getpid(), SIGTERM)
                _ = await signals.first { _ in true }
            }
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func theSecondSignalExits(signal: Int32) async {
        await #expect(processExitsWith: .exitCode(128 + signal)) { [signal] in
            try await SecondSignalExit.watching { _ in
                // Two that come at once count as one: go on until it works.
                while !Task.isCancelled {
                    kill(getpid(), signal)
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
        }
    }
}
