import Foundation
import NIOCore
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
    guard descriptor >= 0 else { throw TestFailure("no free port") }
    defer { close(descriptor) }
    let loopback = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
    guard loopback.withSockAddr({ bind(descriptor, $0, socklen_t($1)) }) == 0 else { throw TestFailure("no free port") }
    // As bytes: which module the fields of an address belong to depends on what else is compiled with this file.
    var name = [UInt8](repeating: 0, count: 16)
    var length = socklen_t(name.count)
    let status = name.withUnsafeMutableBytes { bytes in
        getsockname(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
    }
    guard status == 0 else { throw TestFailure("no free port") }
    return Int(name[2]) << 8 | Int(name[3])
}

#if os(Linux)
    let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
    let streamSocket = SOCK_STREAM
#endif
