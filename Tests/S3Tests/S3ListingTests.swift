import Testing

@testable import S3

struct S3ListingTests {
    private func listing(_ members: String, root: String = "ListBucketResult") throws -> S3Listing {
        try S3Listing(Array("<\(root)>\(members)</\(root)>".utf8), prefix: "chat/")
    }

    @Test func onlyObjectsUnderThePrefixAreOurs() throws {
        let time = "<LastModified>2009-10-12T17:50:30.000Z</LastModified>"
        let list = try listing(
            """
            <IsTruncated>true</IsTruncated><NextContinuationToken>a&lt;b</NextContinuationToken><Name>x</Name>
            <Contents><Key>chat/lobby/a</Key><Size>7</Size>\(time)<Owner><ID>1</ID></Owner></Contents>
            <Contents><Key>other/b</Key><Size>7</Size>\(time)</Contents>
            <Contents><Key>chat/no-time</Key><Size>7</Size></Contents>
            <Contents><Key>chat/no-size</Key><Size>-7</Size>\(time)</Contents>
            <CommonPrefixes><Prefix>chat/</Prefix></CommonPrefixes>
            """)
        #expect(list.objects == [.init(key: "lobby/a", bytes: 7, storedAt: 1_255_369_830_000)])
        #expect(list.next == "a<b")
        #expect(
            try listing("<IsTruncated>false</IsTruncated><NextContinuationToken>a</NextContinuationToken>").next == nil)
    }

    @Test func anIncompleteListIsAnError() {
        #expect(throws: S3Error.self) { try listing("", root: "html") }
        #expect(throws: S3Error.self) { try listing("<IsTruncated>true</IsTruncated>") }
        #expect(throws: S3Error.self) { try S3Listing(Array("Bad Gateway".utf8), prefix: "") }
    }
}
