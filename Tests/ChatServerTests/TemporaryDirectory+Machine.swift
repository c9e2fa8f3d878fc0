import TestSupport

@testable import ChatServer

extension TemporaryDirectory {
    /// A machine whose working directory this is, with a page in it.
    func machine() throws -> Machine {
        try write("<!doctype html>", to: "frontend/index.html")
        return Machine(
            cores: 4, hostName: "some-host.example.org", descriptorLimit: 1_000, binaryDirectory: path + "/bin",
            workingDirectory: path)
    }
}
