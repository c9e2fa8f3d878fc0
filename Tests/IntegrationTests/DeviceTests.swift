import ChatModel
import ChatProtocol
import TestSupport
import Testing

extension Integration {
    /// One user with two devices, each on another node: `docs/protocol.md`, section 14.
    struct DeviceTests {
        @Test func aGuestGoesOnAtAnotherNodeAndWhatIsReadThereIsReadHere() async throws {
            try await withCluster(2) { _, nodes in
                let desk = try await Conversation.inLobby(nodes[0])
                let bob = try await Conversation.inLobby(nodes[1], name: "bob")
                try await bob.say(#"{"type":"chat","room":"lobby","key":"k1","text":"hello"}"#)
                let id = try await bob.ack().id
                let epoch = try await desk.first {
                    if case .chat(_, let epoch, let message) = $0, message.id == id { epoch } else { nil }
                }

                try await desk.say(#"{"type":"link","key":"k2"}"#)
                let token = try await desk.first { if case .link(let link) = $0 { link.token } else { nil } }
                // Two devices at two nodes race for it.
                let rivals = [
                    try await Conversation.open(nodes[0], name: "eve"),
                    try await Conversation.open(nodes[1], name: "eve"),
                ]
                for rival in rivals {
                    try await rival.say(#"{"type":"link","token":"\#(token)","take":true,"key":"k3"}"#)
                }
                var taken: [ServerFrame.Linked] = []
                for rival in rivals {
                    let answer = try await rival.answer { if case .linked(let linked) = $0 { linked } else { nil } }
                    switch answer {
                    case .success(let linked): taken.append(linked)
                    case .failure(let error): #expect(error.code == .notFound && error.key == "k3")
                    }
                }
                let linked = try #require(taken.count == 1 ? taken.first : nil)
                #expect(linked.user == desk.user)
                _ = try await desk.first { $0 == .linked(nil) ? true : nil }

                let phone = try await Conversation.open(nodes[1], token: linked.token)
                #expect(phone.user.id == desk.user.id)
                _ = try await phone.join("lobby")
                let read = ReadPosition(room: .lobby, position: RoomPosition(epoch: epoch, id: id))
                try await phone.say(#"{"type":"read","room":"lobby","epoch":"\#(epoch)","id":"\#(id)"}"#)
                #expect(try await desk.first { if case .read(let read) = $0 { read } else { nil } } == read)
                let tablet = try await Conversation.open(nodes[0], token: desk.token)
                try await tablet.say(#"{"type":"reads"}"#)
                #expect(try await tablet.first { if case .read(let read) = $0 { read } else { nil } } == read)
            }
        }
    }
}
