import Operations
import Testing

@testable import RedisClient

@Suite struct RedisURLTests {
    @Test func allPartsAreRead() throws {
        let url = try RedisURL("rediss://chat:p%40ss%2F@redis.example:6380/3")
        #expect(url.usesTLS)
        #expect(url.user == "chat")
        #expect(url.password == "p@ss/")
        #expect(url.kind == .server && url.hosts == [HostPort(host: "redis.example", port: 6_380)])
        #expect(url.database == 3)
    }

    @Test(arguments: [
        ("redis://localhost", "redis://localhost:6379/0"),
        ("redis://localhost/", "redis://localhost:6379/0"),
        ("redis://127.0.0.1:7000/15", "redis://127.0.0.1:7000/15"),
        ("redis://[::1]:7000", "redis://[::1]:7000/0"),
        ("redis://[fe80::1%25eth0]:7000", "redis://[fe80::1%25eth0]:7000/0"),
        ("rediss://[fe80::1]/2", "rediss://[fe80::1]:6379/2"),
        ("redis://:secret@host", "redis://host:6379/0"),
        ("redis://user:s@cret@host:1", "redis://host:1/0"),
        ("redis-sentinel://s1/chat", "redis-sentinel://s1:26379/chat/0"),
        (
            "redis-sentinel://:secret@s1:1,s2,[::1]:3/my.chat-1_a/",
            "redis-sentinel://s1:1,s2:26379,[::1]:3/my.chat-1_a/0"
        ),
        ("redis-cluster://h1", "redis-cluster://h1:6379"),
        ("redis-cluster://:secret@h1:1,h2,[::1]:3/", "redis-cluster://h1:1,h2:6379,[::1]:3"),
        ("rediss-cluster://u:p@h1/0", "rediss-cluster://h1:6379"),
        ("rediss-sentinel://u:p/q@s1,s2/chat/4", "rediss-sentinel://s1:26379,s2:26379/chat/4"),
    ])
    func theAddressIsPrintedWithoutCredentials(text: String, printed: String) throws {
        #expect(try RedisURL(text).description == printed)
    }

    @Test func aPasswordAloneBelongsToTheDefaultUser() throws {
        let url = try RedisURL("redis://:secret@host")
        #expect(url.user.isEmpty)
        #expect(url.password == "secret")
    }

    @Test(arguments: [
        "", "localhost:6379", "http://localhost", "redis://", "redis://:6379", "redis://host:0", "redis://host:65536",
        "redis://host:six", "redis://host/zero", "redis://host/-1", "redis://host/1/2", "redis://[::1", "redis://::1",
        "redis://[::1]6379", "redis://user@host", "redis://user:@host", "redis://u:topsecret%zz@host",
        "redis://u:topsecret%@host", "redis://u:topsecret@host?db=1", "redis://u:topsecret%FF@host", "redis://a b",
        "redis://h1,h2", "redis://h1,h2/chat", "redis-sentinel://", "redis-sentinel://s1", "redis-sentinel://s1/",
        "redis-sentinel://s1,/chat", "redis-sentinel://,s1/chat", "redis-sentinel://s1/a b",
        "redis-sentinel://s1/chat/x",
        "redis-sentinel://s1/chat/1/2", "redis-sentinel://u:topsecret@s1", "redis-cluster://", "redis-cluster://h1,",
        "redis-cluster://h1/1", "redis-cluster://h1/chat", "redis-cluster://u:topsecret@h1,h2:0",
    ])
    func anInvalidURLGetsOneClearSentence(text: String) throws {
        let error = #expect(throws: RedisError.self) { try RedisURL(text) }
        #expect(error?.code == .badURL)
        #expect(error?.description.contains("topsecret") == false)
        #expect(error?.description.hasPrefix("the Redis URL ") == true)
    }
}
