import Foundation
import NIOCore

/// What the configuration takes from the machine where nobody says otherwise.
struct Surroundings: Sendable {
    var cores: Int
    var hostName: String
    /// How many descriptors this process may have open.
    var descriptorLimit: Int
    var binaryDirectory: String
    var workingDirectory: String

    static func ofThisProcess() -> Surroundings {
        let binary = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return Surroundings(
            cores: System.coreCount,
            hostName: ProcessInfo.processInfo.hostName,
            descriptorLimit: DescriptorLimit.raised(),
            binaryDirectory: binary.resolvingSymlinksInPath().deletingLastPathComponent().path,
            workingDirectory: FileManager.default.currentDirectoryPath)
    }

    /// A name that no other node has.
    func freshNodeName() -> String {
        let host = hostName.prefix { $0 != "." }.map { ConfigurationVariable.isName(String($0)) ? $0 : "-" }.prefix(48)
        let suffix = String(UInt32.random(in: 0x1000_0000 ... .max), radix: 16)
        return (host.isEmpty ? "node" : String(host)) + "-" + suffix
    }

    /// - `given`: empty when nobody said.
    func staticDirectory(given: String) throws(ConfigurationError) -> String {
        func holdsPage(_ directory: String) -> Bool {
            FileManager.default.isReadableFile(atPath: directory + "/index.html")
        }
        guard given.isEmpty else {
            guard holdsPage(given) else {
                throw ConfigurationError(
                    variable: "STATIC_DIR", value: given, mayBe: "a directory that holds the page (index.html)")
            }
            return given
        }
        let places = [
            binaryDirectory + "/../share/webchat/frontend", workingDirectory + "/frontend",
            binaryDirectory + "/frontend",
        ]
        guard let place = places.first(where: holdsPage) else {
            throw ConfigurationError(
                "no page found: put frontend/ beside the binary, or set STATIC_DIR; looked in "
                    + places.joined(separator: ", "))
        }
        return place
    }

    /// Whether who listens there listens on every address of the machine.
    static func isEverywhere(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" }

    /// Where others reach what listens on `host`: there, or on the first address that is not for this machine alone.
    func advertisedHost(listeningOn host: String) -> String {
        guard Self.isEverywhere(host) else { return host }
        let addresses = ((try? System.enumerateDevices()) ?? []).compactMap(\.address)
        let reachable = addresses.first { address in
            guard case .v4 = address, let text = address.ipAddress else { return false }
            return !text.hasPrefix("127.") && !text.hasPrefix("169.254.")
        }
        return reachable?.ipAddress ?? "127.0.0.1"
    }
}
