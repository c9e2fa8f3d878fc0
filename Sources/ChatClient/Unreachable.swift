import Foundation
import NIOCore
import NIOPosix

/// Why a connection could not be made, in a few words for an operator.
package enum Unreachable {
    package static func reason(of error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "\(error)" }
        let cause = error.connectionErrors.first?.error ?? error.dnsAError ?? error.dnsAAAAError ?? error
        return (cause as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(cause)"
    }
}
