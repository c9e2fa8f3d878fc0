import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// Why a connection failed, as a short text for an operator.
package enum Unreachable {
    package static func reason(of error: any Error) -> String {
        if case .handshakeFailed(let cause)? = error as? NIOSSLError {
            return "\(cause)".contains("CERTIFICATE_VERIFY_FAILED")
                ? "its certificate is not trusted"
                : "the TLS handshake failed: check that the port uses TLS"
        }
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        let cause = error.connectionErrors.first?.error ?? error.dnsAError ?? error.dnsAAAAError ?? error
        return (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
    }
}
