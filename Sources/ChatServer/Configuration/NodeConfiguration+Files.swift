import Files
import Foundation
import S3

/// The settings of files, as they were given.
struct FileSettings: Sendable {
    var directory: String?
    var bucket: String?
    var region: String?
    var accessKey: String?
    var secretKey: String?
    var secretKeyFile: String?
    var sessionToken: String?
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
        guard let place = try filePlace() else {
            let others = [
                ("FILE_BYTES", files.bytes), ("FILES_MB_PER_USER", files.megabytesPerUser),
                ("FILES_MB_PER_ADDRESS", files.megabytesPerAddress), ("FILES_MB", files.megabytes),
            ]
            guard let given = others.first(where: { $0.1 != nil }) else { return }
            throw ConfigurationError("\(given.0) needs FILES_DIR or FILES_S3_URL: now no files are taken")
        }
        var configuration = FileConfiguration(place)
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

    /// - Returns: `nil`: no files are taken.
    private func filePlace() throws(ConfigurationError) -> FileConfiguration.Place? {
        switch (files.directory, files.bucket) {
        case (nil, nil):
            guard files.region == nil else { throw ConfigurationError("FILES_S3_REGION needs FILES_S3_URL") }
            return nil
        case (_?, _?): throw ConfigurationError("FILES_DIR and FILES_S3_URL are both set: use only one")
        case (let directory?, nil):
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory.boolValue,
                FileManager.default.isWritableFile(atPath: directory)
            else {
                throw ConfigurationError(
                    variable: "FILES_DIR", value: directory, expected: "a directory that this process may write to")
            }
            return .directory(directory)
        case (nil, let url?):
            guard let accessKey = files.accessKey, let secretKey = files.secretKey else {
                throw ConfigurationError(
                    "FILES_S3_URL needs AWS_ACCESS_KEY_ID, and AWS_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY_FILE")
            }
            do throws(S3Error) {
                return .bucket(
                    S3Configuration(
                        try S3Location(url),
                        credentials: S3Credentials(
                            accessKey: accessKey, secretKey: secretKey, sessionToken: files.sessionToken),
                        region: files.region))
            } catch {
                // Without the URL: it may have the credentials.
                throw ConfigurationError("FILES_S3_URL \(error), as in https://s3.eu-central-1.amazonaws.com/bucket")
            }
        }
    }
}

extension ConfigurationVariable {
    static let files = [
        word(
            "FILES_DIR", fallback: "none: no files are taken",
            help: "directory for pictures and files, of this chat alone; shared by all nodes", expected: "a directory"
        ) { $0.files.directory = $1 },
        word(
            "FILES_S3_URL", fallback: "none",
            help:
                "instead of FILES_DIR: bucket, with a prefix if this chat shares it: https://s3.example.org/bucket/prefix",
            expected: "the URL of a bucket"
        ) { $0.files.bucket = $1 },
        ConfigurationVariable(
            "FILES_S3_REGION", fallback: "of an AWS host, else us-east-1", help: "region in signatures for the bucket",
            expected: "a region such as eu-central-1"
        ) { text, configuration in
            configuration.files.region = text
            return isName(text)
        },
        credential("AWS_ACCESS_KEY_ID", help: "access key for the bucket") { $0.files.accessKey = $1 },
        credential("AWS_SECRET_ACCESS_KEY", help: "secret key for the bucket") { $0.files.secretKey = $1 },
        word(
            "AWS_SECRET_ACCESS_KEY_FILE", fallback: "none", help: "file that contains AWS_SECRET_ACCESS_KEY"
        ) { $0.files.secretKeyFile = $1 },
        credential("AWS_SESSION_TOKEN", help: "of temporary credentials, which end while the node runs") {
            $0.files.sessionToken = $1
        },
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
    private static func credential(
        _ name: String, help: String, set: @escaping @Sendable (inout NodeConfiguration, String) -> Void
    ) -> ConfigurationVariable {
        ConfigurationVariable(
            name, fallback: "none", help: help, expected: "printable ASCII without spaces", isSecret: true
        ) { text, configuration in
            set(&configuration, text)
            return text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
    }
}
