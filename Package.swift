// swift-tools-version: 6.2
// Targets, and who may import whom; docs/architecture.md has the diagram.

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    .treatWarning("DeprecatedDeclaration", as: .warning),
]

/// For what is simulated for hours of virtual time in each test run: optimised in every configuration.
let optimised = strict + [.unsafeFlags(["-O"])]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let logStore = Target.Dependency.product(name: "InMemoryLogging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "webchat",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "webchat", targets: ["ChatServer"])],
    dependencies: [
        // Each has its line in docs/dependencies.md, and an exact version. What they need themselves floats within their
        // ranges, since Package.resolved is not in git: scripts/sbom lists what a build has taken.
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", exact: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections.git", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0", traits: []),
        .package(url: "https://github.com/vapor/jwt-kit.git", exact: "5.7.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CHiredis", pkgConfig: "hiredis",
            providers: [.apt(["libhiredis-dev"]), .brew(["hiredis"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),

        .target(name: "Operations", swiftSettings: strict),
        .target(name: "ChatModel", dependencies: ["Operations", nioCore], swiftSettings: strict),
        .target(name: "ChatProtocol", dependencies: ["ChatModel", nioCore], swiftSettings: strict),
        .target(name: "Supervision", dependencies: [lifecycle, logging], swiftSettings: strict),
        .target(name: "Gossip", swiftSettings: optimised),
        .target(name: "Sealing", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(
            name: "Identity",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Sealing", "Supervision", nioCore, nioHTTP1, logging,
                metrics, lifecycle,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: strict),
        .target(
            name: "Push",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Sealing", "Supervision", nioCore, nioHTTP1, logging,
                metrics, lifecycle,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strict),
        .target(
            name: "Actors",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Supervision", nioCore, nioPosix, logging, metrics, deque,
            ],
            swiftSettings: strict),
        .target(
            name: "RedisClient",
            dependencies: [
                "Operations", "Supervision", "Sealing", "CHiredis",
                nioCore, nioPosix, nioSSL, logging, metrics, lifecycle, deque,
            ],
            swiftSettings: strict),
        .target(name: "Embedded", dependencies: ["ChatModel", nioCore, lifecycle, deque], swiftSettings: strict),
        .target(
            name: "Cluster",
            dependencies: [
                "ChatModel", "Operations", "RedisClient", "Supervision", "Sealing", "Gossip",
                nioCore, nioPosix, logging, metrics, lifecycle, deque,
            ],
            resources: [
                .embedInCode("Log/rules.lua"), .embedInCode("Log/publish.lua"), .embedInCode("Log/read.lua"),
                .embedInCode("Log/records.lua"), .embedInCode("Log/erase.lua"), .embedInCode("Log/erasures.lua"),
                .embedInCode("Log/ban_address.lua"), .embedInCode("Log/read_positions.lua"),
                .embedInCode("Log/files.lua"), .embedInCode("Log/message_files.lua"),
                .embedInCode("Log/delete_room.lua"),
                .embedInCode("Presence/update_members.lua"), .embedInCode("Presence/read_members.lua"),
                .embedInCode("Push/push_turns.lua"),
            ],
            swiftSettings: strict),
        .target(
            name: "S3",
            dependencies: [
                "Operations", "Sealing", nioCore, nioHTTP1,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strict),
        .target(
            name: "Files",
            dependencies: [
                "ChatModel", "Operations", "S3", "Sealing", "Supervision", nioCore, logging, metrics, lifecycle,
                .product(name: "_NIOFileSystem", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(
            name: "WebEdge",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Actors", "Files", "Supervision", "Sealing", "CZlib",
                nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL, logging, metrics, lifecycle, deque,
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ],
            swiftSettings: strict),
        .target(
            name: "ChatClient",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Supervision", nioCore, nioPosix, nioHTTP1, nioWebSocket,
                nioSSL, deque,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "ChatServer",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Supervision", "Sealing", "Actors", "RedisClient", "Cluster",
                "Embedded", "Files", "S3", "Identity", "Push", "WebEdge", "ChatClient",
                nioCore, nioPosix, nioHTTP1, nioSSL, logging, metrics, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Supervision", "RedisClient", "ChatClient", nioCore,
                nioPosix,
                logging, metrics, lifecycle,
            ],
            path: "Tests/TestSupport", swiftSettings: strict),
        // `make fuzz`. Optimised, since what it does itself is not what it looks at.
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "ChatModel", "ChatProtocol", "Operations", "Sealing", "S3", "Gossip", "RedisClient", "Cluster",
                "WebEdge",
                "ChatClient", "TestSupport", nioCore, nioWebSocket,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Fuzz", exclude: ["corpus"], swiftSettings: optimised),
        .tests("OperationsTests", of: ["Operations"]),
        .tests("ChatModelTests", of: ["ChatModel", nioCore]),
        .tests("ChatProtocolTests", of: ["ChatProtocol", "ChatModel", nioCore]),
        .tests("SupervisionTests", of: ["Supervision", lifecycle, logging, logStore]),
        .tests("SealingTests", of: ["Sealing"]),
        .tests("IdentityTests", of: ["Identity", "ChatModel", "Sealing", nioCore, nioPosix, logging, metrics]),
        .tests("S3Tests", of: ["S3", nioCore, nioPosix]),
        .tests(
            "FilesTests",
            of: [
                "Files", "ChatModel", "Embedded", "S3", "Sealing", nioCore, nioPosix, logging, logStore, metrics,
                .product(name: "_NIOFileSystem", package: "swift-nio"),
            ]),
        .tests(
            "PushTests",
            of: [
                "Push", "ChatModel", "Embedded", "Sealing", nioCore, nioPosix, nioHTTP1, logging, metrics,
            ]),
        .testTarget(name: "GossipTests", dependencies: ["Gossip", heap], swiftSettings: optimised),
        .tests(
            "ActorsTests",
            of: [
                "Actors", "ChatModel", "ChatProtocol", "Embedded", "Supervision", nioCore, nioPosix, logging, metrics,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        .tests(
            "EmbeddedTests",
            of: ["Embedded", "ChatModel", nioCore, .product(name: "NIOEmbedded", package: "swift-nio")]),
        .tests(
            "RedisClientTests",
            of: [
                "RedisClient", "Operations", "Supervision", nioCore, nioPosix, logging, logStore, metrics, lifecycle,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        .tests(
            "ClusterTests",
            of: [
                "Cluster", "Embedded", "RedisClient", "Actors", "ChatModel", "Operations", "Gossip", "Supervision",
                nioCore, nioPosix, logging, logStore, metrics,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        .tests(
            "WebEdgeTests",
            of: [
                "WebEdge", "Actors", "Embedded", "Files", "ChatModel", "ChatProtocol", "Operations", "Sealing",
                "Supervision",
                nioCore, nioPosix, nioHTTP1,
                nioWebSocket, nioSSL, logging, logStore, metrics, lifecycle,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .tests(
            "ChatClientTests",
            of: ["ChatClient", "ChatModel", "ChatProtocol", nioCore, nioPosix, nioHTTP1, nioWebSocket]),
        .tests(
            "ChatServerTests",
            of: [
                "ChatServer", "Actors", "ChatModel", "ChatProtocol", "Operations", "Cluster", "Files", "RedisClient",
                "S3",
                "Sealing",
                "WebEdge", nioCore, nioHTTP1, nioPosix, logging,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .tests("TestSupportTests", of: ["ChatClient", "ChatModel", "ChatProtocol", nioCore, nioPosix]),
        .tests("IntegrationTests", of: ["ChatModel", "ChatProtocol", "ChatClient", nioCore, nioPosix, nioSSL]),
    ]
)

extension Target {
    /// A test target; all of them may use `TestSupport`.
    static func tests(_ name: String, of dependencies: [Target.Dependency]) -> Target {
        .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
    }
}
