extension ByteReader {
    mutating func readOrigin() throws(JSONError) -> ServerFrame.Traced.Origin {
        let members = try readStop()
        guard let node = members.node, let waited = members.times["waited"], let confirmed = members.times["confirmed"]
        else { throw expected("an origin's node, waited and confirmed") }
        return ServerFrame.Traced.Origin(node: node, waited: waited, confirmed: confirmed)
    }

    mutating func readNodes() throws(JSONError) -> [ServerFrame.Traced.Node] {
        var nodes: [ServerFrame.Traced.Node] = []
        try readArray { (reader) throws(JSONError) in nodes.append(try reader.readNode()) }
        return nodes
    }

    private mutating func readNode() throws(JSONError) -> ServerFrame.Traced.Node {
        let (name, times) = try readStop()
        guard let name else { throw expected("a node's name") }
        guard let fanOut = times["fanOut"], let sockets = times["sockets"].flatMap(Int.init(exactly:)) else {
            return ServerFrame.Traced.Node(node: name, passage: nil)
        }
        var heard: ServerFrame.Traced.Uncertain?
        if let duration = times["heard"], let within = times["within"] {
            heard = .init(duration: duration, within: within)
        }
        return ServerFrame.Traced.Node(
            node: name, passage: .init(heard: heard, fanOut: fanOut, sockets: sockets))
    }

    private mutating func readStop() throws(JSONError) -> (node: String?, times: [String: Int64]) {
        var node: String?
        var times: [String: Int64] = [:]
        try readObject { (member, reader) throws(JSONError) in
            switch member {
            case "node": node = try reader.readString()
            case "waited", "confirmed", "heard", "within", "fanOut", "sockets":
                times[member] = try reader.readInteger()
            default: try reader.skip()
            }
        }
        return (node, times)
    }
}
