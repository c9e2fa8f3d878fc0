import ArgumentParser
import ChatModel
import Foundation
import NIOCore
import NIOHTTP1

/// Where a node serves operators only, and what it is asked there.
struct AdminPort: ParsableArguments {
    @Option(help: "URL of a node's ADMIN_PORT, http://host:port.")
    var url = "http://127.0.0.1:8081"

    /// - Returns: the answer and its text, as it came.
    func get<Value: Decodable>(_ value: Value.Type, at path: String = "") async throws -> (Value, String) {
        let body = try await send(path, .GET)
        guard let answer = try? JSONDecoder().decode(value, from: Data(body.readableBytesView)) else {
            throw NodeRequest.Failure(description: "\(url) is not a webchat node, or runs an incompatible version")
        }
        return (answer, String(buffer: body))
    }

    /// - `query`: names and values.
    func post(_ path: String, _ query: KeyValuePairs<String, String?> = [:]) async throws {
        let items = query.compactMap { name, value in
            value?.addingPercentEncoding(withAllowedCharacters: .alphanumerics).map { "\(name)=\($0)" }
        }
        _ = try await send(items.isEmpty ? path : path + "?" + items.joined(separator: "&"), .POST)
    }

    private func send(_ path: String, _ method: HTTPMethod) async throws -> ByteBuffer {
        let response: NodeRequest.Response
        do {
            response = try await NodeRequest("/admin/rooms" + path, of: url, method: method).send()
        } catch let failure as NodeRequest.Failure {
            throw NodeRequest.Failure(
                description: "\(failure.description)\nIs it the node's ADMIN_PORT? \(Self.advice)")
        }
        if response.status == 200 { return response.body }
        let text = LogText.escaped(String(buffer: response.body).trimmingCharacters(in: .newlines))
        // A port without these paths answers 404, too.
        if [404, 405].contains(response.status), text != RelayError.noRoom.message {
            throw NodeRequest.Failure(description: "\(url) is not the ADMIN_PORT of a node. \(Self.advice)")
        }
        throw NodeRequest.Failure(description: text.isEmpty ? "\(url) returned status \(response.status)" : text)
    }

    private static let advice =
        "If no node has one, start one with ADMIN_PORT=8081 and the same REDIS_URL: it works for all of them."
}

extension RoomName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension UserID: ExpressibleByArgument {
    package init?(argument: String) { self.init(checking: argument) }
}

extension UserName: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension RoomRole: ExpressibleByArgument {}
