import ChatModel
import Foundation
import NIOCore
import Sealing

/// One version of the page: all of its files as they were at one moment, and what the node lets it do.
struct PageVersion: Sendable {
    /// A hash of all names and contents and of the policy, the same on every node with the same settings.
    let name: String
    /// The script of the service worker. It begins with the list of the files, so browsers notice each new version.
    let worker: PageFile

    /// - Parameters:
    ///   - digests: of the files, by name. `nil`: without that of the service worker.
    ///   - policy: the content security policy, which browsers store with the page.
    ///   - worker: its text.
    init?(_ digests: [String: String], policy: String, worker: ByteBuffer) {
        guard digests[Self.workerName] != nil else { return nil }
        let sorted = digests.sorted { $0.key < $1.key }
        let name = String(FNV1a.hash(sorted.map { "\($0.key) \($0.value)\n" }.joined() + policy), radix: 16)
        let list: JSONText = """
            {"version":\(name),"files":\(object: sorted.map { "\($0.key):\($0.value)" })}
            """
        var script = ByteBuffer(string: "const page = ")
        script.writeImmutableBuffer(list.bytes)
        script.writeString(";\n")
        script.writeImmutableBuffer(worker)
        self.name = name
        self.worker = PageFile(script, name: Self.workerName)
    }

    /// By which a browser checks a file: the `integrity` of a request.
    static func digest(_ bytes: Data) -> String { "sha256-" + Data(Digest.sha256(Array(bytes))).base64EncodedString() }

    static let workerName = "worker.js"

    /// Browsers that have a service worker replace it with this one, which removes itself and all it has stored.
    static let removal = PageFile(
        ByteBuffer(
            string: """
                addEventListener("install", () => skipWaiting());
                addEventListener("activate", (event) => {
                  const name = `webchat ${new URL(registration.scope).pathname}`;
                  event.waitUntil(Promise.all([caches.delete(name), registration.unregister()]));
                });

                """), name: workerName)
}
