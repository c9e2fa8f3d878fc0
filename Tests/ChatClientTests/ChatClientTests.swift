import ChatModel
import ChatProtocol
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import ChatClient

struct ChatClientTests {
    /// A node with one room, in which message 1 stands.
    private static let script: @Sendable (String) -> [ServerFrame] = { text in
        if text.contains(#""hello""#) { return [.welcome(Driver.welcome)] }
        if text.contains(#""since""#) { return [Driver.joined([], head: 1)] }
        if text.contains(#""join""#) { return [Driver.joined([1])] }
        if text.contains(#""chat""#) { return [Driver.chat(2), .ack(room: .lobby, key: "k", id: Driver.id(2))] }
        return []
    }

    private static func client(of servers: [ScriptedServer], heard: Journal<ClientEvent>) -> ChatClient {
        var configuration = ClientConfiguration(name: "ann")
        configuration.backoffBase = .milliseconds(20)
        configuration.backoffCap = .milliseconds(100)
        let client = ChatClient(
            urls: servers.map(\.url), configuration: configuration, on: MultiThreadedEventLoopGroup.singleton.next()
        ) { heard.add($0) }
        client.join(.lobby)
        return client
    }

    @Test func aClientGreetsJoinsSendsAndClosesCleanly() async throws {
        try await ScriptedServer.run(script: Self.script) { server in
            let heard = Journal<ClientEvent>()
            let client = Self.client(of: [server], heard: heard)
            client.start()
            client.send("hi", key: "k", to: .lobby)
            try await eventually("the message is acked") { heard.words.contains("acked k 2") }
            client.stop()
            try await eventually("the client has ended") { heard.words.last == "closed for good" }
            #expect(
                heard.words == [
                    "opened", "joined fresh", "page 1", "caughtUp", "live 2", "acked k 2", "closed for good",
                ])
            #expect(server.seen.closeCodes == [1000])
            #expect(server.seen.unmasked == 0)
        }
    }

    @Test func aLostConnectionMovesToAnotherNode() async throws {
        try await ScriptedServer.run(script: Self.script) { first in
            try await ScriptedServer.run(script: Self.script) { second in
                let heard = Journal<ClientEvent>()
                let client = Self.client(of: [first, second], heard: heard)
                client.start()
                for round in 1...4 {
                    try await eventually("it is in the room, round \(round)") { heard.count("caughtUp") == round }
                    client.drop()
                }
                try await eventually("it is back") { heard.count("caughtUp") == 5 }
                client.stop()
                #expect(first.seen.connections + second.seen.connections == 5)
                #expect(abs(first.seen.connections - second.seen.connections) == 1)
                let joins = (first.seen.texts + second.seen.texts).filter { $0.contains(#""join""#) }
                #expect(joins.count { $0.contains(#""since":"\#(Driver.id(1))""#) } == 4)
                #expect(heard.count("page 1") == 1)
            }
        }
    }

    @Test func aServerThatRejectsIsRetried() async throws {
        try await ScriptedServer.run(accepts: false, script: Self.script) { server in
            let heard = Journal<ClientEvent>()
            let client = Self.client(of: [server], heard: heard)
            client.start()
            try await eventually("it has tried a few times") { heard.count("closed") >= 3 }
            client.stop()
            #expect(server.seen.connections == 0)
        }
    }

    @Test func anUnreachableServerIsRetried() async throws {
        let heard = Journal<ClientEvent>()
        let port = try freePort()
        var configuration = ClientConfiguration()
        configuration.backoffBase = .milliseconds(1)
        let client = ChatClient(
            urls: [WebSocketURL(host: "127.0.0.1", port: port)], configuration: configuration,
            on: MultiThreadedEventLoopGroup.singleton.next()
        ) { heard.add($0) }
        client.start()
        try await eventually("it has tried a few times") { heard.count("closed") >= 3 }
        client.stop()
    }

    @Test func aClientThatDoesNotReadReceivesNothingUntilItDoes() async throws {
        try await ScriptedServer.run(script: Self.script) { server in
            let heard = Journal<ClientEvent>()
            let client = Self.client(of: [server], heard: heard)
            client.start()
            try await eventually("it is in the room") { heard.count("caughtUp") == 1 }
            client.setReading(false)
            client.send("hi", key: "k", to: .lobby)
            try await eventually("the server has answered") { server.seen.texts.last?.contains(#""chat""#) == true }
            #expect(!heard.words.contains("acked k 2"))
            client.setReading(true)
            try await eventually("the answer is read") { heard.words.contains("acked k 2") }
            client.stop()
        }
    }
}

extension Journal<ClientEvent> {
    /// What a client reported, as short words.
    fileprivate var words: [String] { all.map(Driver.words) }
    fileprivate func count(_ word: String) -> Int { words.count { $0 == word } }
}
