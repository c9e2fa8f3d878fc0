import Foundation
import NIOCore
import Operations
import RedisClient
import WebEdge

/// Defaults that depend on the machine.
struct Machine: Sendable {
    var cores: Int
    var hostName: String
    /// Maximum open descriptors of this process.
    var descriptorLimit: Int
    var binaryDirectory: String
    var workingDirectory: String

    static func ofThisProcess() -> Machine {
        let binary = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return Machine(
            cores: System.coreCount,
            hostName: ProcessInfo.processInfo.hostName,
            descriptorLimit: DescriptorLimit.raised(),
            binaryDirectory: binary.resolvingSymlinksInPath().deletingLastPathComponent().path,
            workingDirectory: FileManager.default.currentDirectoryPath)
    }

    /// A name that no other node uses.
    func freshNodeName() -> String {
        let host = hostName.prefix { $0 != "." }.map { ConfigurationVariable.isName(String($0)) ? $0 : "-" }.prefix(48)
        let suffix = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        return (host.isEmpty ? "node" : String(host)) + "-" + suffix
    }

    /// - `given`: empty if not configured.
    func staticDirectory(given: String) throws(ConfigurationError) -> String {
        func holdsPage(_ directory: String) -> Bool {
            FileManager.default.isReadableFile(atPath: directory + "/index.html")
        }
        guard given.isEmpty else {
            guard holdsPage(given) else {
                throw ConfigurationError(
                    variable: "STATIC_DIR", value: given, expected: "a directory that contains index.html")
            }
            return given
        }
        let places = [
            binaryDirectory + "/../share/webchat/frontend", workingDirectory + "/frontend",
            binaryDirectory + "/frontend",
        ]
        guard let place = places.first(where: holdsPage) else {
            throw ConfigurationError(
                "web page not found: put frontend/ next to the binary or set STATIC_DIR; searched "
                    + places.joined(separator: ", "))
        }
        return place
    }

    /// Whether listening on `host` means listening on every address of the machine.
    static func isEverywhere(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" }

    /// The host that others use to reach a listener on `host`. For a wildcard address: the address used to reach Redis,
    /// because other nodes reach Redis too; otherwise the first address that is not local to this machine.
    func advertisedHost(listeningOn host: String, redis: RedisURL? = nil) -> String {
        guard Self.isEverywhere(host) else { return host }
        let route = redis.flatMap { LocalRoute.address(towards: $0.hosts[0].host, port: $0.hosts[0].port) }
        let devices = ((try? System.enumerateDevices()) ?? []).compactMap(\.address)
        return Self.choose(listeningOn: host, route: route, devices: devices)
    }

    /// Detects the host again later. `nil` while there is no route to Redis.
    static func detectedHost(listeningOn host: String, redis: RedisURL) -> String? {
        guard let route = LocalRoute.address(towards: redis.hosts[0].host, port: redis.hosts[0].port) else {
            return nil
        }
        let devices = ((try? System.enumerateDevices()) ?? []).compactMap(\.address)
        return choose(listeningOn: host, route: route, devices: devices)
    }

    /// - Parameters:
    ///   - host: `0.0.0.0` is IPv4 only, `::` both.
    ///   - route: may be loopback if Redis is local or behind a tunnel; then it is ignored.
    static func choose(listeningOn host: String, route: SocketAddress?, devices: [SocketAddress]) -> String {
        let candidates = ([route].compactMap(\.self) + devices).filter { address in
            guard case .v4 = address else { return host == "::" && address.isReachable }
            return address.isReachable
        }
        if let route, candidates.first == route, let text = route.ipAddress { return text }
        let v4 = candidates.first { if case .v4 = $0 { true } else { false } }
        return (v4 ?? candidates.first)?.ipAddress
            ?? (host == "::" && !devices.contains(where: \.isV4) ? "::1" : "127.0.0.1")
    }
}

extension SocketAddress {
    fileprivate var isV4: Bool { if case .v4 = self { true } else { false } }

    /// Neither loopback nor link-local.
    fileprivate var isReachable: Bool {
        guard let address = IPAddress(self) else { return false }
        return !Self.unreachable.contains { $0.contains(address) }
    }

    private static let unreachable = ["0.0.0.0", "::", "127.0.0.0/8", "::1", "169.254.0.0/16", "fe80::/10"]
        .compactMap { AddressBlock($0) }
}
