import Foundation
import Synchronization

/// Whoever was given one may not listen yet; and out of some ten thousand, chance gives one twice now and then.
private let givenPorts = Mutex<Set<Int>>([])

/// A TCP port of the loopback interface that nobody listens on at this moment, and another one each time.
package func freePort() throws -> Int {
    while true {
        let port = try unusedPort()
        if givenPorts.withLock({ $0.insert(port).inserted }) { return port }
    }
}

private func unusedPort() throws -> Int {
    let descriptor = socket(AF_INET, streamSocket, 0)
    guard descriptor >= 0 else { throw FreePortError() }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
        }
    }
    guard status == 0 else { throw FreePortError() }
    return Int(UInt16(bigEndian: address.sin_port))
}

struct FreePortError: Error {}

#if os(Linux)
    private let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    private let streamSocket = SOCK_STREAM
#endif
