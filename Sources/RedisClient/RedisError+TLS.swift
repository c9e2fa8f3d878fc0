internal import Foundation
internal import NIOSSL

extension RedisError {
    /// Why the way to Redis broke, for the operator: a handshake that failed says what to do about it. The library tells
    /// the reasons apart in its text only.
    /// - Parameter certificate: what the server has shown.
    static func broken(by error: any Error, certificate: NIOSSLCertificate?, now: Date = .now) -> RedisError {
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return RedisError(
                .connectionLost,
                "Redis' certificate is not for the host of REDIS_URL: use a name or address that it has", cause: error)
        }
        let text = "\(error)"
        let reason =
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                distrust(of: certificate, now: now)
            } else if text.contains("ALERT_CERTIFICATE_REQUIRED") {
                "Redis asks for a client certificate, which nodes do not have: set tls-auth-clients no"
            } else {
                "the connection to Redis failed"
            }
        return RedisError(.connectionLost, reason, cause: error)
    }

    /// The library does not say why it trusts no certificate; its dates do.
    private static func distrust(of certificate: NIOSSLCertificate?, now: Date) -> String {
        if let certificate {
            let begin = Date(timeIntervalSince1970: Double(certificate.notValidBefore))
            let end = Date(timeIntervalSince1970: Double(certificate.notValidAfter))
            if end < now { return "Redis' certificate has expired on \(end.formatted(.iso8601)): renew it" }
            if begin > now {
                return "Redis' certificate is valid from \(begin.formatted(.iso8601)) only: compare the clocks"
            }
        }
        return "Redis' certificate is from nobody this node trusts: name its authority's certificate in REDIS_CA_FILE"
    }
}
