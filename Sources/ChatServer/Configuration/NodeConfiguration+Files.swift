import Files
import Foundation

/// The settings of files, as they were given.
struct FileSettings: Sendable {
    var directory: String?
    var bytes: Int?
    var megabytesPerUser: Int?
    var megabytesPerAddress: Int?
    var megabytes: Int?
    /// `nil`: the node takes no files.
    fileprivate(set) var configuration: FileConfiguration?
}

extension NodeConfiguration {
    /// Checks the settings of files together.
    mutating func completeFiles() throws(ConfigurationError) {
        guard let directory = files.directory else {
            let others = [
                ("FILE_BYTES", files.bytes), ("FILES_MB_PER_USER", files.megabytesPerUser),
                ("FILES_MB_PER_ADDRESS", files.megabytesPerAddress), ("FILES_MB", files.megabytes),
            ]
            guard let given = others.first(where: { $0.1 != nil }) else { return }
            throw ConfigurationError("\(given.0) needs FILES_DIR: now no files are taken")
        }
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue,
            FileManager.default.isWritableFile(atPath: directory)
        else {
            throw ConfigurationError(
                variable: "FILES_DIR", value: directory, expected: "a directory that this process may write to")
        }
        var configuration = FileConfiguration(directory: directory)
        configuration.maximumBytes = files.bytes ?? configuration.maximumBytes
        configuration.megabytesPerUser = files.megabytesPerUser ?? configuration.megabytesPerUser
        configuration.megabytesPerAddress = files.megabytesPerAddress ?? configuration.megabytesPerAddress
        configuration.maximumMegabytes = files.megabytes ?? configuration.maximumMegabytes
        for (name, megabytes) in [
            ("FILES_MB_PER_USER", configuration.megabytesPerUser),
            ("FILES_MB_PER_ADDRESS", configuration.megabytesPerAddress), ("FILES_MB", configuration.maximumMegabytes),
        ] where megabytes > 0 && configuration.maximumBytes > megabytes * 1_048_576 {
            throw ConfigurationError(
                """
                nobody could upload a file of FILE_BYTES (\(configuration.maximumBytes) bytes), as \(name) is \
                \(megabytes) (\(megabytes * 1_048_576) bytes): lower FILE_BYTES or raise \(name)
                """)
        }
        files.configuration = configuration
    }
}

extension ConfigurationVariable {
    static let files = [
        word(
            "FILES_DIR", fallback: "none: no files are taken",
            help: "directory for pictures and files, of this chat alone; shared by all nodes", expected: "a directory"
        ) { $0.files.directory = $1 },
        number("FILE_BYTES", in: 1...1_073_741_824, fallback: "10485760", help: "maximum size of a file in bytes") {
            $0.files.bytes = $1
        },
        number(
            "FILES_MB_PER_USER", in: 0...1_000_000, fallback: "100",
            help: "megabytes per hour that a user may upload on each node; 0: unlimited"
        ) { $0.files.megabytesPerUser = $1 },
        number(
            "FILES_MB_PER_ADDRESS", in: 0...1_000_000, fallback: "400",
            help: "megabytes per hour that guests of a client address may upload on each node; 0: unlimited"
        ) { $0.files.megabytesPerAddress = $1 },
        number(
            "FILES_MB", in: 0...1_000_000_000, fallback: "0",
            help: "megabytes of files above which no more are taken; 0: unlimited"
        ) { $0.files.megabytes = $1 },
    ]
}
