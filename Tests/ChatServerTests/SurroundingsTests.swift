import Testing

@testable import ChatServer

@Suite struct SurroundingsTests {
    private let directory = TemporaryDirectory()

    @Test func thePageIsFoundBesideTheBinaryAndBeforeItInShare() throws {
        var surroundings = try directory.surroundings()
        surroundings.workingDirectory = directory.path + "/elsewhere"
        let error = #expect(throws: ConfigurationError.self) { try surroundings.staticDirectory(given: "") }
        #expect(error?.description.contains("set STATIC_DIR") == true)

        _ = try directory.write("", to: "bin/frontend/index.html")
        #expect(try surroundings.staticDirectory(given: "") == directory.path + "/bin/frontend")
        _ = try directory.write("", to: "share/webchat/frontend/index.html")
        #expect(try surroundings.staticDirectory(given: "") == directory.path + "/bin/../share/webchat/frontend")
        #expect(try surroundings.staticDirectory(given: directory.path + "/frontend") == directory.path + "/frontend")
    }

    @Test func anyHostNameMakesAName() throws {
        var surroundings = try directory.surroundings()
        for hostName in ["", "a b.example", "Büro", String(repeating: "h", count: 200)] {
            surroundings.hostName = hostName
            let name = surroundings.freshNodeName()
            #expect(ConfigurationVariable.isName(name), "\(name)")
            #expect(name != surroundings.freshNodeName())
        }
    }

    @Test func anAddressToListenOnIsTheOneToAdvertise() throws {
        let surroundings = try directory.surroundings()
        #expect(surroundings.advertisedHost(listeningOn: "10.1.2.3") == "10.1.2.3")
        #expect(surroundings.advertisedHost(listeningOn: "0.0.0.0") != "0.0.0.0")
    }

    @Test func theDescriptorLimitIsRaisedOnce() {
        let limit = DescriptorLimit.raised()
        #expect(limit > 0)
        #expect(DescriptorLimit.raised() == limit)
    }
}
