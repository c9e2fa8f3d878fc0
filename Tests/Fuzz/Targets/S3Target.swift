#if DEBUG
    @testable import S3

    extension FuzzTarget {
        /// What a bucket's server answers.
        static var bucketList: FuzzTarget {
            FuzzTarget(
                name: "bucket-list", seeds: [Array(BucketSample.list.utf8), Array(BucketSample.error.utf8)],
                words: [
                    "<", "</", "/>", ">", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&amp;", "&#x41;",
                    "xmlns=\"\"",
                    "<Contents>", "</Contents>", "<Key>", "</Key>", "<Size>", "</Size>", "<IsTruncated>",
                    "2009-10-12T17:50:30.000Z",
                ]
            ) { input in
                let error = S3Error(status: 400, body: input)
                try expect(error.description.utf8.count < 512, "an error of \(error.description.utf8.count) bytes")
                guard let list = try? S3Listing(input, prefix: "chat/") else { return outcome(error.description) }
                try expect(list.objects.allSatisfy { $0.bytes >= 0 }, "a negative length")
                try expect(list.objects.count * 20 < input.count, "more objects than were sent")
                return outcome(magnitude(list.objects.count), list.next == nil)
            }
        }
    }

    private enum BucketSample {
        static let list = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>pictures</Name>\
            <IsTruncated>true</IsTruncated><NextContinuationToken>1</NextContinuationToken><Contents>\
            <Key>chat/lobby/a</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><Size>7</Size></Contents>\
            </ListBucketResult>
            """
        static let error = """
            <Error><Code>AuthorizationHeaderMalformed</Code><Message>wrong</Message><Region>eu-west-1</Region></Error>
            """
    }
#endif
