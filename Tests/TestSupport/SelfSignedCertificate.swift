import Foundation

/// A certificate for `localhost` and its key, as PEM files in a directory of their own; made by `openssl` for one test.
package struct SelfSignedCertificate {
    package let certificate: String
    package let key: String
    private let directory: URL

    package struct NotMade: Error {}

    package init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "webchat-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        certificate = directory.appending(path: "cert.pem").path(percentEncoded: false)
        key = directory.appending(path: "key.pem").path(percentEncoded: false)
        let openssl = Process()
        openssl.executableURL = URL(filePath: "/usr/bin/env")
        openssl.arguments = [
            "openssl", "req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
            "-out", certificate, "-keyout", key,
        ]
        openssl.standardError = FileHandle.nullDevice
        try openssl.run()
        openssl.waitUntilExit()
        guard openssl.terminationStatus == 0 else { throw NotMade() }
    }

    package func remove() { try? FileManager.default.removeItem(at: directory) }
}
