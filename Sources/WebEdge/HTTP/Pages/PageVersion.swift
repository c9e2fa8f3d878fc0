import ChatModel
import NIOCore

/// One version of the page: all of its files as they were at one moment.
struct PageVersion: Sendable {
    /// A hash of all names and contents, the same on every node.
    let name: String
    /// The script of the service worker. It begins with the list of the files, so browsers notice each new version.
    let worker: PageFile

    /// - Parameter files: by name. `nil`: without a service worker.
    init?(_ files: [String: PageFile]) {
        guard let worker = files[Self.workerName]?.content else { return nil }
        let sorted = files.sorted { $0.key < $1.key }
        let name = String(FNV1a.hash(sorted.map { "\($0.key) \($0.value.digest)\n" }.joined()), radix: 16)
        let list: JSONText = """
            {"version":\(name),"files":\(object: sorted.map { "\($0.key):\($0.value.digest)" })}
            """
        var script = ByteBuffer(string: "const page = ")
        script.writeImmutableBuffer(list.bytes)
        script.writeString(";\n")
        script.writeImmutableBuffer(worker)
        self.name = name
        self.worker = PageFile(script, name: Self.workerName)
    }

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
