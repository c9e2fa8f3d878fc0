import ChatModel
import Testing

@Suite struct PushHostsTests {
    private let hosts = PushHosts(PushHosts.usual + ["http://127.0.0.1:8099", "https://push.example:8443"])

    @Test(arguments: [
        "https://fcm.googleapis.com/fcm/send/abc:def", "https://updates.push.services.mozilla.com/wpush/v2/g",
        "https://web.push.apple.com/x", "https://wns2-par02p.notify.windows.com/w/?token=a%2b",
        "http://127.0.0.1:8099/one", "https://push.example:8443?x",
    ])
    func theKnownPushServicesAreAccepted(endpoint: String) {
        #expect(hosts?.accepts(endpoint) == true)
    }

    @Test(arguments: [
        "", "https://", "https:///x", "http://fcm.googleapis.com/x", "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:443/x", "https://fcm.googleapis.com.evil.example/x", "https://evilpush.apple.com/x",
        "https://.push.apple.com/x", "https://push.apple.com/x", "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@evil.example/x", "https://evil.example/https://fcm.googleapis.com/",
        "https://evil.example#fcm.googleapis.com", "https://evil.example\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@evil.example/x", "HTTPS://fcm.googleapis.com/x", "https://FCM.googleapis.com/x",
        "https://127.0.0.1/x", "https://[::1]/x", "http://127.0.0.1/x", "http://127.0.0.1:80990/one",
        "http://127.0.0.1:8099x/one", "https://push.example/x", "https://push.example:08443/x",
        "https://fcm.googleapis.com/a b", "https://fcm.googleapis.com/\n", "https://fcm.googleapis.com/ä",
        "ftp://fcm.googleapis.com/x", "//fcm.googleapis.com/x", "fcm.googleapis.com/x",
    ])
    func anythingElseIsRefused(endpoint: String) {
        #expect(hosts?.accepts(endpoint) == false)
    }

    @Test func anEndpointHasALimit() {
        let start = "https://fcm.googleapis.com/"
        let longest = start + String(repeating: "x", count: PushDevice.longestEndpoint - start.utf8.count)
        #expect(hosts?.accepts(longest) == true)
        #expect(hosts?.accepts(longest + "x") == false)
    }

    @Test(arguments: ["", "*", "*.", "https://a/b", "https://a:443", "a b", "A.example", "a:80", "https://u@a"])
    func whatIsNoHostIsNoSetting(entry: String) {
        #expect(PushHosts([entry]) == nil)
    }
}
