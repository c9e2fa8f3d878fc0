import Testing

@testable import S3

struct S3LocationTests {
    @Test(arguments: [
        ("https://s3.eu-central-1.amazonaws.com/pictures", "https://s3.eu-central-1.amazonaws.com", "/pictures/a/b"),
        ("https://s3.example.org/pictures/chat/one/", "https://s3.example.org", "/pictures/chat/one/a/b"),
        ("https://pictures.s3.example.org", "https://pictures.s3.example.org", "/a/b"),
        ("http://127.0.0.1:9000/p/", "http://127.0.0.1:9000", "/p/a/b"),
        ("http://[::1]:80/p", "http://[::1]", "/p/a/b"),
        ("https://x:443/p", "https://x", "/p/a/b"),
    ])
    func aURLNamesABucket(url: String, origin: String, path: String) throws {
        let location = try S3Location(url)
        #expect(location.origin == origin)
        #expect(location.path(of: "a/b") == path)
    }

    @Test(arguments: [
        "", "s3://pictures", "ftp://x/p", "https://", "https:///p", "https://KEY:SECRET@s3.example.org/p",
        "https://x/p?q",
        "https://x/p#f", "https://x/a//b", "https://x/../b", "https://x/a%20b", "https://x:0/p", "https://x y/p",
    ])
    func anythingElseIsRefused(url: String) {
        #expect(throws: S3Error.self) { try S3Location(url) }
    }

    @Test(arguments: [
        ("https://s3.eu-central-1.amazonaws.com/p", "eu-central-1"),
        ("https://p.s3.eu-west-3.amazonaws.com", "eu-west-3"),
        ("https://s3.amazonaws.com/p", nil), ("https://s3.example.org/p", nil), ("https://amazonaws.com/p", nil),
    ])
    func amazonsHostsTellTheirRegion(url: String, region: String?) throws {
        #expect(try S3Location(url).region == region)
    }
}
