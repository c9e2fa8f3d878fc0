import AsyncHTTPClient
package import NIOCore
import NIOHTTP1
import Sealing
import Synchronization

/// The objects of one bucket, in any store that speaks S3. Start reading S3 here: `S3Location` says where they are,
/// `S3Signer` how requests prove who sent them. Keys are those of `S3Location`, without its prefix, and need no escapes.
///
/// Safe from any thread. Each request ends in ten seconds, and no answer has more than four megabytes. Its owner opens it,
/// and shuts it down.
package final class S3Client: Sendable {
    private static let timeout = TimeAmount.seconds(10)
    /// A page of a list has up to a thousand objects.
    private static let mostBytes = 4 * 1_048_576
    /// More requests at once wait.
    private static let mostConnections = 32

    private let location: S3Location
    private let signer: S3Signer
    private let group: any EventLoopGroup
    private let client = Mutex<HTTPClient?>(nil)
    private let now: @Sendable () -> Int64

    /// - `now`: seconds since 1970.
    package init(
        _ configuration: S3Configuration, on group: any EventLoopGroup, now: @escaping @Sendable () -> Int64
    ) {
        location = configuration.location
        self.now = now
        signer = S3Signer(credentials: configuration.credentials, region: configuration.region)
        self.group = group
    }

    package func open() {
        // A redirect would have another signature.
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: Self.timeout, read: Self.timeout))
        configuration.httpVersion = .http1Only
        // A request that fails is the caller's to repeat.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.mostConnections
        let opened = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        client.withLock { $0 = opened }
    }

    /// As browsers write it.
    package var origin: String { location.origin }

    package func shutdown() async {
        let client = client.withLock { client in
            defer { client = nil }
            return client
        }
        // It fails only if it was called before.
        try? await client?.shutdown()
    }

    // MARK: Requests of the node

    /// A page of the objects whose keys begin so, by key.
    /// - Parameters:
    ///   - after: where the page begins, from the one before; `nil`: the first.
    ///   - most: objects of the page, up to a thousand.
    @concurrent package func list(
        under key: String = "", after: String? = nil, most: Int = 1_000
    ) async throws(S3Error) -> S3Listing {
        var query = [("list-type", "2"), ("max-keys", "\(most)"), ("prefix", location.prefix + key)]
        if let after { query.append(("continuation-token", after)) }
        return try S3Listing(try await send(.GET, nil, query: query).body, prefix: location.prefix)
    }

    /// An object's first bytes, and how many it has.
    /// - Returns: `nil`: there is none.
    @concurrent package func read(_ key: String, first count: Int) async throws(S3Error) -> (head: [UInt8], bytes: Int)?
    {
        do throws(S3Error) {
            let answer = try await send(.GET, key, headers: [("range", "bytes=0-\(count - 1)")])
            guard answer.status == .partialContent else { return (Array(answer.body.prefix(count)), answer.body.count) }
            guard let bytes = answer.headers["Content-Range"].first?.split(separator: "/").last.flatMap({ Int($0) })
            else {
                throw S3Error(.answer, "the bucket's server does not say how long an object is")
            }
            return (answer.body, bytes)
        } catch {
            if error.code == .notFound { return nil }
            // Of an empty one there is no part.
            if error.code == .empty { return ([], 0) }
            throw error
        }
    }

    /// - Throws: `exists`, if there is one already.
    @concurrent package func create(_ key: String, _ bytes: [UInt8]) async throws(S3Error) {
        _ = try await send(.PUT, key, headers: [("if-none-match", "*")], body: bytes)
    }

    /// It may be gone already.
    @concurrent package func delete(_ key: String) async throws(S3Error) {
        _ = try await send(.DELETE, key)
    }

    /// Asks as a browser does before a page of this origin may send an object there (Fetch, "CORS-preflight request").
    /// - Returns: what the bucket's rules lack; `nil`: nothing.
    @concurrent package func missingRule(for origin: String) async throws(S3Error) -> String? {
        let wanted = ["content-type", "if-none-match"]
        let answer = try await send(
            request(
                "OPTIONS", "preflight",
                headers: [
                    ("origin", origin), ("access-control-request-method", "PUT"),
                    ("access-control-request-headers", wanted.joined(separator: ",")),
                ]), body: [])
        func allows(_ name: String, _ values: [String]) -> Bool {
            let allowed = answer.headers[canonicalForm: "access-control-allow-\(name)"].map { $0.lowercased() }
            return allowed.contains("*") || values.allSatisfy { allowed.contains($0.lowercased()) }
        }
        guard (200..<300).contains(answer.status.code), allows("origin", [origin]) else {
            return "AllowedOrigins: \(origin)"
        }
        guard allows("methods", ["PUT"]) else { return "AllowedMethods: PUT" }
        return allows("headers", wanted) ? nil : "AllowedHeaders: \(wanted.joined(separator: ", "))"
    }

    private func send(
        _ method: HTTPMethod, _ key: String?, query: [(String, String)] = [], headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws(S3Error) -> (status: HTTPResponseStatus, headers: HTTPHeaders, body: [UInt8]) {
        var request = request(method.rawValue, key, query: query, headers: headers)
        do {
            try signer.sign(&request, payload: body, now: now())
        } catch {
            throw S3Error(.busy, "\(error)")
        }
        let answer = try await send(request, body: body)
        guard (200..<300).contains(answer.status.code) else {
            throw S3Error(status: answer.status.code, body: answer.body)
        }
        return answer
    }

    private func send(
        _ request: S3Request, body: [UInt8]
    ) async throws(S3Error) -> (status: HTTPResponseStatus, headers: HTTPHeaders, body: [UInt8]) {
        guard let client = client.withLock({ $0 }) else { throw S3Error(.unreachable, "this node is stopping") }
        do {
            let sent = try HTTPClient.Request(
                url: location.origin + request.target, method: .RAW(value: request.method),
                headers: HTTPHeaders(request.headers.map { ($0.name, $0.value) }),
                body: body.isEmpty ? nil : .bytes(body))
            // Not the client's async interface, whose deadline ends with the response's head.
            let task = client.execute(
                request: sent, delegate: ResponseAccumulator(request: sent, maxBodySize: Self.mostBytes),
                deadline: .now() + Self.timeout)
            let answer = try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
            return (answer.status, answer.headers, answer.body.map { Array($0.readableBytesView) } ?? [])
        } catch is ResponseAccumulator.ResponseTooBigError {
            throw S3Error(.answer, "the bucket's server answered with more than \(Self.mostBytes) bytes")
        } catch {
            throw S3Error(.unreachable, "the bucket's server \(location.authority) cannot be reached: \(error)")
        }
    }

    private func request(
        _ method: String, _ key: String?, query: [(String, String)] = [], headers: [(String, String)] = []
    ) -> S3Request {
        S3Request(
            method: method, path: location.path(of: key), query: query.map { ($0.0, $0.1) },
            headers: [(name: "host", value: location.authority)] + headers.map { ($0.0, $0.1) })
    }

    // MARK: Requests of others

    /// What somebody may send to store an object of this length and type, once: an object that is there stays.
    /// - Returns: the headers beside `Host` and `Content-Length`; `nil`: OpenSSL is out of memory.
    package func upload(
        _ key: String, bytes: Int, type: String, validSeconds: Int
    ) -> (url: String, headers: [(name: String, value: String)])? {
        let headers = [("content-type", type), ("if-none-match", "*")]
        var request = request("PUT", key, headers: [("content-length", "\(bytes)")] + headers)
        guard (try? signer.presign(&request, validSeconds: validSeconds, now: now())) != nil else { return nil }
        return (location.origin + request.target, headers.map { ($0.0, $0.1) })
    }

    /// Where anybody may get an object, with these headers.
    /// - `period`: in seconds: for so long, the URL is the same, and valid for as long again.
    /// - Returns: `nil`: OpenSSL is out of memory.
    package func download(
        _ key: String, type: String, disposition: String, caching: String, period: Int
    ) -> String? {
        let query = [
            ("response-content-type", type), ("response-content-disposition", disposition),
            ("response-cache-control", caching),
        ]
        var request = request("GET", key, query: query)
        let now = now()
        let beginning = now - now % Int64(period)
        guard (try? signer.presign(&request, validSeconds: 2 * period, now: beginning)) != nil else { return nil }
        return location.origin + request.target
    }
}
