import ChatModel
import ChatProtocol
import NIOCore

/// A public format, documented in `docs/cluster.md`.
extension ClusterReport {
    var json: ByteBuffer {
        var json = ByteBuffer()
        json.writeJSON(literal: #"{"v":1,"self":"#)
        json.writeJSON(own.name)
        json.writeJSON(literal: #","generatedAt":"#)
        json.writeJSON(generatedAt)
        json.writeJSON(literal: #","view":{"hash":"#)
        json.writeJSON(hash: viewHash)
        json.writeJSON(literal: #","agreed":"#)
        json.writeJSON(isAgreed)
        json.writeJSON(literal: #"},"members":"#)
        json.writeJSON(array: members) { $0.writeJSON($1, now: generatedAt) }
        json.writeJSON(literal: #","canary":{"matrix":"#)
        // The newest incarnation of each name comes first.
        var told: Set<String> = []
        json.writeJSON(object: members.filter { told.insert($0.node.name).inserted && !$0.canaries.isEmpty }) {
            $0.writeJSON($1.node.name)
            $0.writeJSON(literal: ":")
            $0.writeJSON(receipts: $1.canaries)
        }
        json.writeJSON(literal: #"},"relay":{"kind":"#)
        json.writeJSON(relay.kind.rawValue)
        json.writeJSON(literal: #","connected":"#)
        json.writeJSON(relay.connected)
        json.writeJSON(literal: #","trouble":"#)
        json.writeJSON(optional: relay.trouble) { $0.writeJSON($1) }
        json.writeJSON(literal: #","events":"#)
        json.writeJSON(array: relayEvents) { json, event in
            json.writeJSON(literal: #"{"at":"#)
            json.writeJSON(event.at)
            json.writeJSON(literal: #","trouble":"#)
            json.writeJSON(optional: event.trouble) { $0.writeJSON($1) }
            json.writeJSON(literal: "}")
        }
        json.writeJSON(literal: #"},"degraded":"#)
        json.writeJSON(array: degraded) { $0.writeJSON($1) }
        json.writeJSON(literal: #","supervision":"#)
        json.writeJSON(supervision, now: looked)
        json.writeJSON(literal: #","events":"#)
        json.writeJSON(array: events) { $0.writeJSON($1) }
        json.writeJSON(literal: "}")
        return json
    }
}

extension ByteBuffer {
    fileprivate mutating func writeJSON(_ member: ClusterMember, now: Int64) {
        writeJSON(literal: #"{"id":"#)
        writeJSON(member.node.name)
        writeJSON(literal: #","generation":"#)
        writeJSON(member.node.generation)
        writeJSON(literal: #","addr":"#)
        writeJSON(member.address)
        writeJSON(literal: #","state":"#)
        writeJSON(member.state.rawValue)
        writeJSON(literal: #","incarnation":"#)
        writeJSON(member.incarnation)
        writeJSON(literal: #","observedBy":"#)
        writeJSON(array: member.accusations) { $0.writeJSON($1.by) }
        writeJSON(literal: #","accusations":"#)
        writeJSON(array: member.accusations) { json, accusation in
            json.writeJSON(literal: #"{"by":"#)
            json.writeJSON(accusation.by)
            json.writeJSON(literal: #","at":"#)
            json.writeJSON(accusation.at)
            json.writeJSON(literal: "}")
        }
        writeJSON(literal: #","rttMs":"#)
        writeJSON(optional: member.roundTrip) { $0.writeJSON(milliseconds: $1) }
        writeLoad(member.load)
        writeJSON(literal: #","version":"#)
        writeJSON(member.version)
        writeJSON(literal: #","uptimeS":"#)
        // Another machine's clock may be ahead.
        writeJSON(optional: member.startedAt > 0 ? member.startedAt : nil) { json, startedAt in
            json.writeJSON(max(0, now.subtractingReportingOverflow(startedAt).partialValue / 1000))
        }
        writeJSON(literal: #","viewHash":"#)
        writeJSON(optional: member.viewHash) { $0.writeJSON(hash: $1) }
        writeJSON(literal: "}")
    }

    private mutating func writeLoad(_ load: NodeLoad?) {
        writeJSON(literal: #","users":"#)
        writeJSON(optional: load?.users) { $0.writeJSON($1) }
        writeJSON(literal: #","rooms":"#)
        writeJSON(optional: load?.rooms) { $0.writeJSON($1) }
        writeJSON(literal: #","messagesPerSecond":"#)
        writeJSON(optional: load?.messagesPerSecond) { $0.writeJSON(thousandths: $1) }
        writeJSON(literal: #","lagMs":"#)
        writeJSON(optional: load?.loopLag) { $0.writeJSON(milliseconds: $1) }
        writeJSON(literal: #","relay":"#)
        writeJSON(optional: load?.relayConnected) { $0.writeJSON($1) }
    }

    fileprivate mutating func writeJSON(receipts: [CanaryReceipt]) {
        writeJSON(object: receipts) { json, receipt in
            json.writeJSON(receipt.from)
            json.writeJSON(literal: #":{"number":"#)
            json.writeJSON(receipt.number)
            json.writeJSON(literal: #","lastMs":"#)
            json.writeJSON(milliseconds: receipt.last)
            json.writeJSON(literal: #","p99Ms":"#)
            json.writeJSON(milliseconds: receipt.p99)
            json.writeJSON(literal: #","ageMs":"#)
            json.writeJSON(milliseconds: receipt.age)
            json.writeJSON(literal: "}")
        }
    }

    fileprivate mutating func writeJSON(_ event: MembershipEvent) {
        writeJSON(literal: #"{"at":"#)
        writeJSON(event.at)
        writeJSON(literal: #","id":"#)
        writeJSON(event.node.name)
        writeJSON(literal: #","generation":"#)
        writeJSON(event.node.generation)
        writeJSON(literal: #","from":"#)
        writeJSON(optional: event.from) { $0.writeJSON($1.rawValue) }
        writeJSON(literal: #","to":"#)
        writeJSON(event.to.rawValue)
        writeJSON(literal: #","by":"#)
        writeJSON(optional: event.by) { $0.writeJSON($1) }
        writeJSON(literal: "}")
    }

    /// Eight hexadecimal digits in quotes. Comparing four of them is enough by eye.
    fileprivate mutating func writeJSON(hash: UInt32) {
        let digits = String(hash, radix: 16)
        writeJSON(String(repeating: "0", count: 8 - digits.count) + digits)
    }

    private mutating func writeJSON(milliseconds duration: Duration) {
        writeJSON(thousandths: duration / .milliseconds(1))
    }

    /// JSON has no infinity or NaN.
    private mutating func writeJSON(thousandths number: Double) {
        guard number.isFinite, abs(number) < 1e12 else { return writeJSON(literal: "null") }
        writeJSON(token: "\((number * 1000).rounded() / 1000)")
    }

    fileprivate mutating func writeJSON<Value>(optional value: Value?, _ write: (inout ByteBuffer, Value) -> Void) {
        guard let value else { return writeJSON(literal: "null") }
        write(&self, value)
    }

    /// `write` writes a name, a colon and a value.
    fileprivate mutating func writeJSON<Element>(
        object elements: some Sequence<Element>, _ write: (inout ByteBuffer, Element) -> Void
    ) {
        writeJSON(literal: "{")
        for (index, element) in elements.enumerated() {
            if index > 0 { writeJSON(literal: ",") }
            write(&self, element)
        }
        writeJSON(literal: "}")
    }
}
