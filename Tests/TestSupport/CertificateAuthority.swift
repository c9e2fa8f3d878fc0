package import Foundation

/// A small certificate authority of one test, in a directory of its own; made by `openssl`.
package final class CertificateAuthority {
    /// A certificate and its key, as PEM files.
    package struct Issued {
        package let certificate: String
        package let key: String

        /// For a `redis-server` that speaks TLS on `port`, beside the port of its own.
        package func redisArguments(port: Int) -> [String] {
            [
                "--tls-port", "\(port)", "--tls-cert-file", certificate, "--tls-key-file", key,
                "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no",
            ]
        }
    }

    package struct NotMade: Error, CustomStringConvertible {
        package let description: String
    }

    private let directory: URL
    /// The authority's own certificate, as a PEM file.
    package var certificate: String { path("ca.pem") }

    package init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "webchat-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try Self.settings.write(toFile: path("ca.cnf"), atomically: true, encoding: .utf8)
        try "".write(toFile: path("index.txt"), atomically: true, encoding: .utf8)
        try openssl(
            ["req", "-x509", "-subj", "/CN=authority", "-days", "2", "-out", "ca.pem", "-keyout", "ca.key"]
                + Self.newKey)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// - Parameters:
    ///   - names: as in `subjectAltName`: `DNS:localhost`, `IP:127.0.0.1`.
    ///   - valid: since when and until when.
    package func issue(
        to names: String..., valid: (from: Date, until: Date) = (.now - 86_400, .now + 86_400)
    ) throws -> Issued {
        let name = UUID().uuidString
        try openssl(
            [
                "req", "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(names.joined(separator: ","))",
                "-out", "\(name).csr", "-keyout", "\(name).key",
            ] + Self.newKey)
        try openssl([
            "ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key",
            "-startdate", Self.text(valid.from), "-enddate", Self.text(valid.until),
            "-in", "\(name).csr", "-out", "\(name).pem",
        ])
        return Issued(certificate: path("\(name).pem"), key: path("\(name).key"))
    }

    private static let newKey = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]

    /// `openssl ca` is the one that takes both ends of the validity.
    private static let settings = """
        [ca]
        default_ca = authority
        [authority]
        database = index.txt
        new_certs_dir = .
        rand_serial = yes
        default_md = sha256
        policy = policy
        copy_extensions = copy
        unique_subject = no
        [policy]
        commonName = supplied

        """

    private static func text(_ date: Date) -> String {
        let parts = Calendar(identifier: .iso8601).dateComponents(in: .gmt, from: date)
        let numbers = [parts.month, parts.day, parts.hour, parts.minute, parts.second].map { $0 ?? 0 }
        return "\(parts.year ?? 0)" + numbers.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined() + "Z"
    }

    private func path(_ file: String) -> String {
        directory.appending(path: file).path(percentEncoded: false)
    }

    private func openssl(_ arguments: [String]) throws {
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = ["openssl"] + arguments
        openssl.currentDirectoryURL = directory
        let output = Pipe()
        openssl.standardError = output
        openssl.standardOutput = output
        try openssl.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else {
            throw NotMade(description: "openssl \(arguments[0]): \(String(decoding: said, as: UTF8.self))")
        }
    }
}
