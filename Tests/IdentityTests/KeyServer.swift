import Foundation
import NIOCore
import TestSupport

/// An issuer's web server: a process that serves a key set and misbehaves under other paths. Ends with the value.
final class KeyServer: Sendable {
    let port: Int
    private let process: ChildProcess
    private let directory: TemporaryDirectory

    private static let script = """
        import sys, time
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        folder, port = sys.argv[1], int(sys.argv[2])

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def begin(self, status, **headers):
                self.close_connection = True
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()

            def do_GET(self):
                with open(folder + "/requests", "a") as file:
                    file.write(self.path + "\\n")
                with open(folder + "/keys", "rb") as file:
                    keys = file.read()
                if self.path == "/keys":
                    time.sleep(float(open(folder + "/delay").read()))
                    self.begin(200, content_length=str(len(keys)))
                    self.wfile.write(keys)
                elif self.path == "/announced":
                    self.begin(200, content_length=str(10**9))
                elif self.path == "/endless":
                    self.begin(200, connection="close")
                    while True:
                        self.wfile.write(b" " * 65536)
                elif self.path == "/drip":
                    self.begin(200, content_length=str(len(keys)))
                    for byte in keys:
                        self.wfile.write(bytes([byte]))
                        time.sleep(0.5)
                elif self.path == "/redirect":
                    self.begin(302, location=f"http://localhost:{port}/keys", content_length="0")
                elif self.path == "/broken":
                    self.begin(500, content_length=str(len(keys)))
                    self.wfile.write(keys)
                elif self.path == "/html":
                    self.begin(200, content_length="6")
                    self.wfile.write(b"<html>")
                elif self.path == "/short":
                    self.begin(200, content_length=str(len(keys) + 1))
                    self.wfile.write(keys)

        ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
        """

    init(keys: ByteBuffer, port: Int? = nil) async throws {
        self.port = try port ?? freePort()
        directory = TemporaryDirectory()
        try directory.write("0", to: "delay")
        try Data(keys.readableBytesView).write(to: directory.url.appending(path: "keys"))
        process = try ChildProcess(["python3", "-c", Self.script, directory.path, "\(self.port)"])
        try await eventually("the key server listens") { try await URLProbe.answers(self.port) }
    }

    deinit { process.signal(SIGKILL) }

    func address(_ path: String) -> URL {
        guard let url = URL(string: "http://127.0.0.1:\(port)/\(path)") else { preconditionFailure("path \(path)") }
        return url
    }

    func serve(_ keys: ByteBuffer) throws {
        try Data(keys.readableBytesView).write(to: directory.url.appending(path: "keys"), options: .atomic)
    }

    /// Lets answers wait.
    func delay(_ seconds: Double) throws { try directory.write("\(seconds)", to: "delay") }

    /// Answers, of any kind.
    var requests: Int { directory.text(of: "requests")?.split(separator: "\n").count ?? 0 }

    func stop() {
        process.signal(SIGKILL)
        process.waitUntilExit()
    }
}

private enum URLProbe {
    /// Whether something listens on a port of this machine.
    static func answers(_ port: Int) async throws -> Bool {
        do {
            _ = try RawSocket(port: port)
            return true
        } catch {
            return false
        }
    }
}
