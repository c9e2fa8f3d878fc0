/// Which files a node takes, and where it keeps them. Filled by `NodeConfiguration`.
package struct FileConfiguration: Hashable, Sendable {
    package var directory: String
    /// Of one file, at most.
    package var maximumBytes = 10 * 1_048_576
    /// What one user may upload per hour, all of it at once if they like; 0: no limit.
    package var megabytesPerUser = 100
    /// The same of all guests of one address.
    package var megabytesPerAddress = 400
    /// What the store may hold; 0: no limit.
    package var maximumMegabytes = 0

    package init(directory: String) {
        self.directory = directory
    }
}
