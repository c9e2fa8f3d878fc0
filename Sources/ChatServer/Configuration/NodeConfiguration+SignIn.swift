import Foundation
import Identity
import WebEdge

extension NodeConfiguration {
    /// Checks the settings of signing in together.
    mutating func completeSignIn() throws(ConfigurationError) {
        let sources = [
            ("JWT_JWKS_URL", signIn.keysURL), ("JWT_JWKS_FILE", signIn.keysFile),
            ("JWT_SECRET_FILE", signIn.secretFile),
        ].filter { $0.1 != nil }
        guard let mode = signIn.mode else {
            let others = [
                ("JWT_ISSUER", signIn.issuer), ("JWT_AUDIENCE", signIn.audience), ("JWT_NAME_CLAIM", signIn.nameClaim),
                ("JWT_ROLES_CLAIM", signIn.rolesClaim), ("SIGN_IN_URL", signIn.page),
                ("AUTH_HEADER", signIn.userHeader), ("AUTH_NAME_HEADER", signIn.nameHeader),
                ("JWT_ALGORITHMS", signIn.algorithms.map { _ in "" }),
            ]
            guard let given = (sources + others).first(where: { $0.1 != nil }) else { return }
            throw ConfigurationError("\(given.0) needs AUTH=both or AUTH=users: now all are guests")
        }
        if let page = signIn.page, page.wholeMatch(of: #/\/(?![\/\\])[\x21-\x7e]*/#) == nil {
            throw ConfigurationError(variable: "SIGN_IN_URL", value: page, expected: "a path such as /token")
        }
        if signIn.userHeader != nil, edge.trustedProxies.isEmpty {
            throw ConfigurationError("AUTH_HEADER needs TRUSTED_PROXIES: from anybody else it would be forged")
        }
        guard signIn.nameHeader == nil || signIn.userHeader != nil else {
            throw ConfigurationError("AUTH_NAME_HEADER needs AUTH_HEADER")
        }
        if sources.isEmpty, signIn.userHeader != nil { return }
        guard sources.count == 1, let variable = sources.first?.0, let value = sources.first?.1 else {
            let problem = sources.isEmpty ? "needs" : "takes only"
            throw ConfigurationError(
                "AUTH=\(mode.rawValue) \(problem) one of JWT_JWKS_URL, JWT_JWKS_FILE and JWT_SECRET_FILE, or AUTH_HEADER"
            )
        }
        guard variable == "JWT_SECRET_FILE" || signIn.issuer != nil && signIn.audience != nil else {
            throw ConfigurationError(
                "\(variable) needs JWT_ISSUER and JWT_AUDIENCE: the issuer's tokens for others must not count here")
        }
        do throws(IdentityError) {
            identity = try IdentityConfiguration(
                source: try keySource(variable, value), issuer: signIn.issuer, audience: signIn.audience,
                algorithms: signIn.algorithms, nameClaim: signIn.nameClaim ?? "name",
                rolesClaim: signIn.rolesClaim ?? "roles")
        } catch {
            throw ConfigurationError("\(variable): \(error.message)")
        }
    }

    private func keySource(_ variable: String, _ value: String) throws(IdentityError) -> IdentityConfiguration.KeySource
    {
        switch variable {
        case "JWT_JWKS_URL":
            guard let url = URL(string: value) else { throw IdentityError(.configuration, "\(value) is not a URL") }
            return .address(url)
        case "JWT_JWKS_FILE": return .file(value)
        default:
            guard
                let text = FileManager.default.contents(atPath: value).flatMap({ String(validating: $0, as: UTF8.self) }
                )
            else { throw IdentityError(.configuration, "it must name a readable text file") }
            return .secret(Array(text.trimmingCharacters(in: .whitespacesAndNewlines).utf8))
        }
    }
}
