internal import Foundation
internal import NIOSSL

extension RedisError {
    /// Why a connection to Redis broke, for the operator; TLS errors include advice. NIOSSL distinguishes the reasons
    /// only in its text.
    /// - Parameter certificate: the server's.
    static func broken(by error: any Error, certificate: NIOSSLCertificate?, now: Date = .now) -> RedisError {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return RedisError(
                .connectionLost,
                "Redis' certificate does not match the host in REDIS_URL: use a name it is valid for", cause: error)
        }
        let text = "\(error)"
        let reason =
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                distrust(of: certificate, now: now)
            } else if text.contains("ALERT_CERTIFICATE_REQUIRED") {
                "Redis requires a client certificate: set REDIS_CERT_FILE and REDIS_KEY_FILE"
            } else if text.contains("ALERT_UNKNOWN_CA") {
                "Redis does not trust REDIS_CERT_FILE: add the certificate of its CA to tls-ca-cert-file"
            } else {
                "the connection to Redis failed"
            }
        return RedisError(.connectionLost, reason, cause: error)
    }

    /// NIOSSL does not say why it rejects a certificate; the certificate's dates may.
    private static func distrust(of certificate: NIOSSLCertificate?, now: Date) -> String {
        if let certificate {
            let begin = Date(timeIntervalSince1970: Double(certificate.notValidBefore))
            let end = Date(timeIntervalSince1970: Double(certificate.notValidAfter))
            if end < now { return "Redis' certificate expired on \(end.formatted(.iso8601)): renew it" }
            if begin > now {
                return "Redis' certificate is not valid before \(begin.formatted(.iso8601)): check the clocks"
            }
        }
        return "Redis' certificate is not trusted: set REDIS_CA_FILE to the certificate of its CA"
    }
}
