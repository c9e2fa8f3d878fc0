import ChatModel
import HTTPTypes
import Hummingbird

/// Lets only known users read what is said, unless everybody is a guest: `Authorization: Bearer` with the token of the
/// first `hello`.
struct SignInCheck: RouterMiddleware {
    typealias Context = EdgeRequestContext

    let access: Access?
    let clientAddress: ClientAddress
    let guests: any GuestTokens
    /// What is read names servers and addresses.
    var onlyOperators = false

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let prefix = "Bearer "
        let header = request.headers[.authorization].flatMap { $0.hasPrefix(prefix) ? $0 : nil }
        let token = header.map { String($0.dropFirst(prefix.count)) }
        guard let access else {
            var context = context
            context.user = token.flatMap(guests.open)
            return try await next(request, context)
        }
        let isTrusted = context.peer.map(clientAddress.trusts) ?? false
        let named = access.headers?.find(isTrusted: isTrusted) { name in
            HTTPField.Name(name).map { request.headers[values: $0] } ?? []
        }
        switch named {
        case .user(let holder)?: return try await answer(holder, request, context, next)
        case .forged?: return .text(.badRequest, UpgradeRefusal.forgedUser.text)
        case .nobody?, nil: break
        }
        guard let token else {
            return Self.refusal("sign in: send Authorization: Bearer with your token")
        }
        guard Access.isUserToken(token) else {
            guard access.mode == .both, let guest = guests.open(token) else {
                return Self.refusal("the token is not accepted")
            }
            return try await answer(TokenHolder(id: guest, name: nil, expiresAt: nil), request, context, next)
        }
        let holder: TokenHolder
        do {
            guard let tokens = access.tokens else { throw TokenRefusal.refused }
            holder = try await tokens.check(token, on: context.channel.eventLoop).get()
        } catch TokenRefusal.unavailable {
            return .text(.serviceUnavailable, "tokens cannot be checked now", headers: [.retryAfter: "1"])
        } catch {
            return Self.refusal("the token is not accepted")
        }
        return try await answer(holder, request, context, next)
    }

    @concurrent private func answer(
        _ holder: TokenHolder, _ request: Request, _ context: Context,
        _ next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !onlyOperators || holder.isOperator else {
            return .text(.forbidden, "only for operators: use ADMIN_PORT, or a token with the role operator")
        }
        var context = context
        context.user = holder.id
        context.userFor = holder.expiresIn.map { .seconds($0) }
        return try await next(request, context)
    }

    private static func refusal(_ text: String) -> Response {
        .text(.unauthorized, text, headers: [.wwwAuthenticate: "Bearer"])
    }
}
