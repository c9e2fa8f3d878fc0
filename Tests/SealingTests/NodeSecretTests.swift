import Foundation
import Sealing
import TestSupport
import Testing

@Suite struct NodeSecretTests {
    private let parent = TemporaryDirectory()
    private var directory: String { parent.path + "/state" }
    private var file: String { directory + "/secret" }

    @Test func randomSecretsDiffer() {
        #expect(NodeSecret.random().bytes.count == 32)
        #expect(NodeSecret.random().bytes != NodeSecret.random().bytes)
    }

    @Test func aSecretIsCreatedOnceAndReadAgain() throws {
        let first = try NodeSecret.kept(in: directory)
        #expect(first.bytes.count == 32)
        #expect(try NodeSecret.kept(in: directory).bytes == first.bytes)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["secret"])
    }

    @Test func onlyTheOwnerMayReadTheFile() throws {
        _ = try NodeSecret.kept(in: directory)
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        let error = #expect(throws: SealingError.self) { try NodeSecret.kept(in: directory) }
        #expect(error?.message.contains("chmod 600") == true)
    }

    @Test(arguments: ["", "abc", String(repeating: "g", count: 64), String(repeating: "0", count: 66)])
    func aDamagedFileIsNotASecret(content: String) throws {
        _ = try NodeSecret.kept(in: directory)
        let handle = try #require(FileHandle(forWritingAtPath: file))
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(content.utf8))
        try handle.close()
        let error = #expect(throws: SealingError.self) { try NodeSecret.kept(in: directory) }
        #expect(error?.code == .secretFile)
    }

    @Test func aDirectoryThatCannotBeCreatedIsNamed() {
        let error = #expect(throws: SealingError.self) { try NodeSecret.kept(in: "/proc/none") }
        #expect(error?.message.contains("/proc/none") == true)
    }
}
