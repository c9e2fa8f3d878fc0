import Foundation
import TestSupport
import Testing

@testable import RedisClient

@Suite struct RedisTLSTests {
    private static let day = 86_400.0

    /// What comes of a connection to a server with that certificate; `nil`: it stands.
    private static func failure(
        _ authority: CertificateAuthority, _ issued: CertificateAuthority.Issued, host: String = "localhost",
        trusting: CertificateAuthority? = nil
    ) async throws -> RedisError? {
        let port = try freePort()
        return try await withRedisServer(arguments: issued.redisArguments(port: port)) { server in
            try await failure(server, "rediss://\(host):\(port)", trusting: (trusting ?? authority).certificate)
        }
    }

    /// - `own`: the certificate that this side shows.
    private static func failure(
        _ server: RedisServer, _ url: String, trusting file: String?, as own: CertificateAuthority.Issued? = nil
    ) async throws -> RedisError? {
        let redis = RedisFixture(server: server)
        var configuration = try redis.configuration(url)
        configuration.certificateAuthorities = file
        configuration.certificate = own.map { ($0.certificate, $0.key) }
        let link = redis.link(configuration)
        return try await withThrowingTaskGroup(of: RedisError?.self) { group in
            group.addTask {
                do { try await link.run() } catch let error as RedisError { return error }
                return nil
            }
            group.addTask {
                try await eventually("the connection stands or fails") { link.isConnected }
                let pong = try await link.send(RedisCommand(.ping, "PING")).string()
                #expect(pong == "PONG")
                return nil
            }
            defer { group.cancelAll() }
            let failure = try await group.next() ?? nil
            if let failure {
                #expect(failure.code == .connectFailed)
                #expect(redis.health.unreadyReason?.contains("\(failure)") == true)
            }
            return failure
        }
    }

    @Test(arguments: [
        ("DNS:localhost", "localhost"), ("IP:127.0.0.1", "127.0.0.1"), ("DNS:*.example,DNS:localhost", "localhost"),
    ])
    func aCertificateOfTheAuthorityForThisHostIsTrusted(names: String, host: String) async throws {
        let authority = try CertificateAuthority()
        #expect(try await Self.failure(authority, authority.issue(to: names), host: host) == nil)
    }

    @Test func aCertificateOfAnotherAuthorityIsRejected() async throws {
        let authority = try CertificateAuthority()
        let stranger = try CertificateAuthority()
        let failure = try await Self.failure(authority, authority.issue(to: "DNS:localhost"), trusting: stranger)
        #expect(failure?.description.contains("certificate is not trusted") == true, "\(String(describing: failure))")
    }

    @Test func thePrivateAuthorityIsUnknownToTheSystem() async throws {
        let authority = try CertificateAuthority()
        let port = try freePort()
        try await withRedisServer(arguments: authority.issue(to: "DNS:localhost").redisArguments(port: port)) {
            server in
            let failure = try await Self.failure(server, "rediss://localhost:\(port)", trusting: nil)
            #expect(failure?.description.contains("REDIS_CA_FILE") == true, "\(String(describing: failure))")
        }
    }

    @Test(arguments: [("DNS:redis.example", "localhost"), ("DNS:localhost", "127.0.0.1")])
    func aCertificateForAnotherHostIsRejected(names: String, host: String) async throws {
        let authority = try CertificateAuthority()
        let failure = try await Self.failure(authority, authority.issue(to: names), host: host)
        #expect(failure?.description.contains("does not match the host") == true, "\(String(describing: failure))")
    }

    @Test(arguments: [(-2 * day, -day, "expired on"), (day, 2 * day, "is not valid before")])
    func anExpiredCertificateIsRejected(from: Double, until: Double, reason: String) async throws {
        let authority = try CertificateAuthority()
        let issued = try authority.issue(to: "DNS:localhost", valid: (.now + from, .now + until))
        let failure = try await Self.failure(authority, issued)
        #expect(failure?.description.contains(reason) == true, "\(String(describing: failure))")
    }

    @Test func aPortWithoutTLSIsReported() async throws {
        let authority = try CertificateAuthority()
        try await withRedisServer { server in
            let failure = try await Self.failure(
                server, "rediss://localhost:\(server.port)", trusting: authority.certificate)
            #expect(failure?.description.contains("does this port use TLS?") == true, "\(String(describing: failure))")
        }
    }

    @Test func aServerThatRequiresAClientCertificateGetsIt() async throws {
        let authority = try CertificateAuthority()
        let port = try freePort()
        let arguments =
            try authority.issue(to: "DNS:localhost").redisArguments(port: port)
            + ["--tls-auth-clients", "yes", "--tls-ca-cert-file", authority.certificate]
        try await withRedisServer(arguments: arguments) { server in
            func failure(as own: CertificateAuthority.Issued?) async throws -> RedisError? {
                try await Self.failure(server, "rediss://localhost:\(port)", trusting: authority.certificate, as: own)
            }
            #expect(try await failure(as: authority.issue(to: "DNS:node")) == nil)
            let none = try await failure(as: nil)
            #expect(none?.description.contains("set REDIS_CERT_FILE") == true, "\(String(describing: none))")
            let stranger = try CertificateAuthority()
            let foreign = try await failure(as: stranger.issue(to: "DNS:node"))
            #expect(foreign?.description.contains("tls-ca-cert-file") == true, "\(String(describing: foreign))")
        }
    }
}
