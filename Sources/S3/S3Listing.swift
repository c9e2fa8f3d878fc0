/// A page of a list of objects (`ListObjectsV2`).
package struct S3Listing: Hashable, Sendable {
    package struct Object: Hashable, Sendable {
        /// Without the location's prefix.
        package let key: String
        package let bytes: Int
        /// Milliseconds since 1970.
        package let storedAt: Int64
    }

    /// By key.
    package private(set) var objects: [Object] = []
    /// Where the next page begins; `nil`: this is the last one.
    package private(set) var next: String?

    /// Objects whose key is not under the prefix, or has no time, are left out: they are not ours.
    init(_ body: [UInt8], prefix: String) throws(S3Error) {
        var (key, bytes, storedAt) = ("", -1, Int64?.none)
        var (isTruncated, isList) = (false, false)
        do {
            try XMLReader.read(body) { path, text in
                switch path.dropFirst() {
                case ["Contents", "Key"]: key = text
                case ["Contents", "Size"]: bytes = Int(text) ?? -1
                case ["Contents", "LastModified"]: storedAt = S3Date.milliseconds(text)
                case ["Contents"]:
                    if let storedAt, bytes >= 0, key.hasPrefix(prefix) {
                        objects.append(
                            Object(key: String(key.dropFirst(prefix.count)), bytes: bytes, storedAt: storedAt))
                    }
                    (key, bytes, storedAt) = ("", -1, nil)
                case ["IsTruncated"]: isTruncated = text == "true"
                case ["NextContinuationToken"]: next = text
                case []: isList = path == ["ListBucketResult"]
                default: break
                }
            }
        } catch {
            throw S3Error(.answer, "the list of the bucket is not usable XML: is FILES_S3_URL the URL of an S3 store?")
        }
        guard isList, !isTruncated || next != nil else {
            throw S3Error(.answer, "the list of the bucket is incomplete: the store must know ListObjectsV2")
        }
        if !isTruncated { next = nil }
    }
}
