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

    private let directory = TemporaryDirectory()
    /// The authority's own certificate, as a PEM file.
    package var certificate: String { path("ca.pem") }

    package init() throws {
        try directory.write(Self.settings, to: "ca.cnf")
        try directory.write("", to: "index.txt")
        try openssl(
            ["req", "-x509", "-subj", "/CN=authority", "-days", "2", "-out", "ca.pem", "-keyout", "ca.key"]
                + Self.newKey)
    }

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
        Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted).format(date).replacing("T", with: "")
    }

    private func path(_ file: String) -> String { "\(directory.path)/\(file)" }

    private func openssl(_ arguments: [String]) throws {
        let (output, status) = try ChildProcess.run(["openssl"] + arguments, directory: directory.url)
        guard status == 0 else { throw TestFailure("openssl \(arguments[0]): \(output)") }
    }
}
