import Foundation
import NIOHTTP1

/// Whether a page may open a socket here. Browsers send the page's origin, which no page can forge; other clients may
/// omit it.
struct OriginCheck: Sendable {
    private static let standardPorts = ["http": 80, "https": 443]

    /// `nil`: the page's host must match ours.
    let allowed: Set<String>?

    /// - `behindProxy`: a trusted one, which reports the host, port and scheme that browsers use.
    func passes(_ headers: HTTPHeaders, behindProxy: Bool) -> Bool {
        let origins = headers["Origin"]
        guard let origin = origins.first else { return true }
        guard origins.count == 1, origin != "null" else { return false }
        if let allowed { return allowed.contains(origin) }

        let hosts = headers["Host"]
        guard let page = URLComponents(string: origin), let scheme = page.scheme?.lowercased(),
            let pageHost = page.host?.lowercased(), hosts.count == 1
        else { return false }
        var names = hosts
        var ports = [Self.standardPorts[scheme]].compactMap(\.self)
        if behindProxy {
            // The browser used https; a proxy that reports http may be behind another one that ended TLS.
            let isSecure = headers[canonicalForm: "X-Forwarded-Proto"].first?.lowercased() == "https"
            if isSecure, scheme == "http" { return false }
            names += headers[canonicalForm: "X-Forwarded-Host"].map(String.init)
            ports += headers[canonicalForm: "X-Forwarded-Port"].compactMap { Int($0) }
        }
        guard let pagePort = page.port ?? ports.first else { return false }
        return names.contains { name in
            guard let own = URLComponents(string: "\(scheme)://\(name)"), own.host?.lowercased() == pageHost else {
                return false
            }
            return own.port.map { $0 == pagePort } ?? ports.contains(pagePort)
        }
    }
}
