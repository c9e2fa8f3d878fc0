#if DEBUG
    import ChatModel
    import ChatProtocol
    import NIOCore

    extension FuzzTarget {
        private static let json = [
            "{", "}", "[", "]", ":", ",", "\"", "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\\"", "true", "false", "null",
            "👍", "é", "\u{202E}", "[[[[[[[[[[[[[[[[[", "{\"a\":",
        ]
        private static let members = [
            "type", "room", "text", "key", "name", "token", "since", "epoch", "before", "after", "limit", "query", "id",
            "emoji", "on", "at", "ts",
        ].map { "\"\($0)\":" }

        static var clientFrame: FuzzTarget {
            FuzzTarget(name: "client-frame", words: json + members + types) { input in
                let frame: ClientFrame
                do throws(FrameError) {
                    frame = try ClientFrame(parsing: ByteBuffer(bytes: input))
                } catch {
                    return try refused(error, input)
                }
                var encoded = ByteBuffer()
                frame.encode(into: &encoded)
                try same(frame, try? ClientFrame(parsing: encoded))
                return outcome(String(describing: frame).prefix(24))
            }
        }

        static var plainFrame: FuzzTarget {
            FuzzTarget(
                name: "plain-frame", words: json + members + ["\"chat\"", "\"message\""]
            ) { input in
                let frame: PlainFrame
                do throws(FrameError) {
                    frame = try PlainFrame(parsing: ByteBuffer(bytes: input))
                } catch {
                    return try refused(error, input)
                }
                let message = ChatMessage(
                    id: MessageID(ms: 1, seq: 1), user: UserID("u"), name: "n", text: frame.text, key: "k", ts: 7,
                    plain: frame.form)
                var encoded = ByteBuffer()
                message.encodePlain(into: &encoded)
                // Who gave no time gets the server's.
                let form = PlainForm(kind: frame.form.kind, ts: frame.form.ts ?? "7")
                try same(PlainFrame(text: frame.text, form: form), try? PlainFrame(parsing: encoded))
                return outcome(frame.form.kind, magnitude(frame.text.utf8.count), frame.form.ts?.first)
            }
        }

        static var serverFrame: FuzzTarget {
            FuzzTarget(
                name: "server-frame", words: json + members + serverWords, maximumBytes: 4_096
            ) { input in
                let frame: ServerFrame
                do throws(FrameError) {
                    frame = try ServerFrame(parsing: ByteBuffer(bytes: input))
                } catch {
                    return outcome(error.code.rawValue, error.message.prefix(24))
                }
                var encoded = ByteBuffer()
                frame.encode(into: &encoded)
                try same(frame, try? ServerFrame(parsing: encoded))
                return outcome(String(describing: frame).prefix(16), magnitude(input.count))
            }
        }

        private static let types = [
            "hello", "join", "leave", "chat", "edit", "delete", "react", "typing", "rename", "history", "search",
            "trace", "ping", "create", "role", "policy", "roles", "invite", "inspect", "accept", "rooms", "private",
            "with",
            "member", "setting", "seconds", "uses", "title",
        ].map { "\"\($0)\"" }
        private static let serverWords =
            [
                "welcome", "joined", "resume", "ack", "reset", "found", "presence", "left", "renamed", "error",
                "goodbye",
                "pong", "traced", "created", "roles", "invitation", "rooms", "added", "rules",
            ].map { "\"\($0)\"" }
            + [
                "messages", "members", "memberCount", "recovered", "missing", "more", "head", "from", "joined", "left",
                "reset", "edited", "deleted", "reactions", "users", "act", "target", "limits", "code", "message",
                "retryAfterMs", "nodes", "expected", "origin", "heard", "within", "fanOut", "sockets",
            ].map { "\"\($0)\":" }

        /// An error goes back to the client: it must not carry back much of what that has sent.
        private static func refused(_ error: FrameError, _ input: [UInt8]) throws -> Int {
            var encoded = ByteBuffer()
            ServerFrame.error(error).encode(into: &encoded)
            try expect(encoded.readableBytes < 1_024, "an error of \(encoded.readableBytes) bytes for \(input.count)")
            return outcome(error.code.rawValue, error.message.prefix(24))
        }

        /// - `again`: `nil` if it could not be read.
        private static func same<Value: Equatable>(_ read: Value, _ again: Value?) throws(Finding) {
            let now = again.map { String(describing: $0) } ?? "nothing that can be read"
            try expect(read == again, "written and read again it is another: \(read) and \(now)")
        }
    }
#endif
