import Testing

@testable import ChatClient

struct WebSocketURLTests {
    @Test(arguments: [
        ("ws://localhost", false, "localhost", 80, "/ws"),
        ("ws://localhost:8080", false, "localhost", 8080, "/ws"),
        ("wss://chat.example/socket?x=1", true, "chat.example", 443, "/socket?x=1"),
        ("ws://10.0.0.1:81?room=a", false, "10.0.0.1", 81, "/ws?room=a"),
        ("ws://[::1]:8080/ws", false, "::1", 8080, "/ws"),
        ("wss://[::1]", true, "::1", 443, "/ws"),
    ])
    func partsAreFound(text: String, secure: Bool, host: String, port: Int, target: String) {
        #expect(WebSocketURL(text) == WebSocketURL(secure: secure, host: host, port: port, target: target))
    }

    @Test(arguments: [
        "", "http://localhost", "ws://", "ws://:80", "ws://host:0", "ws://host:99999", "ws://a b", "ws://u@h",
    ])
    func whatIsNoSuchURLIsRefused(text: String) {
        #expect(WebSocketURL(text) == nil)
    }

    @Test func theHostHeaderHasThePortOnlyWhenItIsNotTheUsualOne() {
        #expect(WebSocketURL("ws://[::1]:8080")?.authority == "[::1]:8080")
        #expect(WebSocketURL("wss://chat.example")?.authority == "chat.example")
    }
}
