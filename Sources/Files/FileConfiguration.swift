package import S3

/// Which files a node takes, and where it keeps them. Filled by `NodeConfiguration`.
package struct FileConfiguration: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// Its path.
        case directory(String)
        case bucket(S3Configuration)
    }

    package var place: Place
    /// Of one file, at most.
    package var maximumBytes = 10 * 1_048_576
    /// What one user may upload per hour, all of it at once if they like; 0: no limit.
    package var megabytesPerUser = 100
    /// The same of all guests of one address.
    package var megabytesPerAddress = 400
    /// What the store may hold; 0: no limit.
    package var maximumMegabytes = 0

    package init(_ place: Place) {
        self.place = place
    }
}
