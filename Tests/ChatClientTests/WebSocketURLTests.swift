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
    func urlsAreSplitIntoTheirParts(text: String, secure: Bool, host: String, port: Int, target: String) {
        #expect(WebSocketURL(text) == WebSocketURL(secure: secure, host: host, port: port, target: target))
    }

    @Test(arguments: [
        "", "http://localhost", "ws://", "ws://:80", "ws://host:0", "ws://host:99999", "ws://a b", "ws://u@h",
    ])
    func invalidURLsAreRejected(text: String) {
        #expect(WebSocketURL(text) == nil)
    }

    @Test func theHostHeaderOmitsTheDefaultPort() {
        #expect(WebSocketURL("ws://[::1]:8080")?.authority == "[::1]:8080")
        #expect(WebSocketURL("wss://chat.example")?.authority == "chat.example")
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws"), ("http://host/", "ws://host/ws"),
        ("https://chat.example", "wss://chat.example/ws"), ("https://example/chat", "wss://example/chat/ws"),
        ("ws://host:1/other", "ws://host:1/other"), ("wss://host", "wss://host/ws"),
    ])
    func theURLOfANodeIsDerivedFromItsAddress(text: String, url: String) {
        #expect(WebSocketURL(node: text)?.description == url)
    }

    @Test(arguments: ["", "host:8080", "ftp://host", "http://", "http://host:0", "http://host?a", "https://host#a"])
    func invalidNodeAddressesAreRejected(text: String) {
        #expect(WebSocketURL(node: text) == nil)
    }
}
