internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Gets a key set from its address or file: once for each call, in at most five seconds.
///
/// Owned by a run of the `KeySetService`, which shuts it down.
struct KeySetFetcher {
    static let timeout = TimeAmount.seconds(5)
    static let mostBytes = 256 * 1_024

    private enum Source {
        case address(URL, HTTPClient)
        case file(String)
    }

    private let source: Source
    private let timeout: TimeAmount

    init(address: URL, on group: any EventLoopGroup, timeout: TimeAmount = Self.timeout) {
        // A redirect would make another address the issuer; HTTP/2 and compression are more than one small file needs.
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: timeout, read: timeout))
        configuration.httpVersion = .http1Only
        // The service has its own pauses.
        configuration.connectionPool.retryConnectionEstablishment = false
        self.timeout = timeout
        source = .address(
            address, HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration))
    }

    init(file: String) {
        timeout = Self.timeout
        source = .file(file)
    }

    func fetch() async throws(IdentityError) -> ByteBuffer {
        switch source {
        case .address(let address, let client): try await fetch(address, client)
        case .file(let path): try Self.read(path)
        }
    }

    func shutdown() async {
        guard case .address(_, let client) = source else { return }
        // It fails only if it was called before.
        try? await client.shutdown()
    }

    private func fetch(_ address: URL, _ client: HTTPClient) async throws(IdentityError) -> ByteBuffer {
        let response: HTTPClient.Response
        do {
            let request = try HTTPClient.Request(url: address, headers: ["accept": "application/json"])
            // Not the client's async interface, whose deadline ends with the response's head.
            let task = client.execute(
                request: request, delegate: ResponseAccumulator(request: request, maxBodySize: Self.mostBytes),
                deadline: .now() + timeout)
            response = try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
        } catch is ResponseAccumulator.ResponseTooBigError {
            throw IdentityError(.keySet, "the key set has more than \(Self.mostBytes) bytes")
        } catch {
            throw IdentityError(.unreachable, "cannot fetch the key set: \(error)")
        }
        guard response.status == .ok else {
            let advice = (300..<400).contains(response.status.code) ? ": configure the address it redirects to" : ""
            throw IdentityError(.unreachable, "the key set's server answered \(response.status.code)\(advice)")
        }
        return response.body ?? ByteBuffer()
    }

    private static func read(_ path: String) throws(IdentityError) -> ByteBuffer {
        let data: Data?
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            defer { try? file.close() }
            data = try file.read(upToCount: mostBytes + 1)
        } catch {
            throw IdentityError(.unreachable, "cannot read the key set \(path): \(error.localizedDescription)")
        }
        guard let data, data.count <= mostBytes else {
            throw IdentityError(.keySet, "the key set \(path) is empty or has more than \(mostBytes) bytes")
        }
        return ByteBuffer(bytes: data)
    }
}
