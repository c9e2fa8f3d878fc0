/// Which bucket, and who a node is to its store.
package struct S3Configuration: Hashable, Sendable {
    let location: S3Location
    let credentials: S3Credentials
    let region: String

    /// - `region`: as in signatures; `nil`: as the host tells, or else `us-east-1`, which stores with one region take.
    package init(_ location: S3Location, credentials: S3Credentials, region: String?) {
        self.location = location
        self.credentials = credentials
        self.region = region ?? location.region ?? "us-east-1"
    }
}
