import ChatModel
import Operations

/// A public format, documented in `docs/cluster.md`.
extension ClusterReport {
    var json: JSONText {
        // The newest incarnation of each name comes first.
        var told: Set<String> = []
        let reached = members.filter { told.insert($0.node.name).inserted && !$0.canaries.isEmpty }
        return #"""
            {"v":1,"self":\#(own.name),"generatedAt":\#(generatedAt),\#
            "view":{"hash":\#(hash: viewHash),"agreed":\#(isAgreed)},\#
            "members":\#(members.map { $0.json(now: generatedAt) }),\#
            "canary":{"matrix":\#(object: reached.map(\.receipts))},\#
            "relay":{"kind":\#(relay.kind.rawValue),"connected":\#(relay.connected),"trouble":\#(relay.trouble),\#
            "events":\#(relayEvents.map { #"{"at":\#($0.at),"trouble":\#($0.trouble)}"# }),\#
            "servers":\#(topology?.json(events: serverEvents) ?? "null")},\#
            "degraded":\#(degraded.map { #"\#($0)"# }),\#
            "supervision":\#(supervision.json(now: looked)),"events":\#(events.map(\.json))}
            """#
    }
}

extension RelayTopology {
    fileprivate func json(events: [RelayServers.Event]) -> JSONText {
        #"""
        {"mode":\#(mode.rawValue),"sentinel":\#(sentinel?.description),"lastFailover":\#(failover?.json ?? "null"),\#
        "shards":\#(shards.map(\.json)),"events":\#(events.map(\.json))}
        """#
    }
}

extension RelayServers.Event {
    fileprivate var json: JSONText { #"{"at":\#(at),"server":\#(server),"change":\#(change.rawValue)}"# }
}

extension RelayTopology.Failover {
    fileprivate var json: JSONText { #"{"primary":\#(primary.description),"ageMs":\#(milliseconds: age)}"# }
}

extension RelayTopology.Shard {
    fileprivate var json: JSONText {
        #"""
        {"primary":\#(address),"trouble":\#(trouble),"slots":\#(slots),"p99Ms":\#(milliseconds: delay),\#
        "memory":\#(thousandths: fill),"replicas":\#(replicas.map(\.json))}
        """#
    }
}

extension RelayTopology.Replica {
    fileprivate var json: JSONText {
        #"{"addr":\#(address.description),"online":\#(isOnline),"lagBytes":\#(lag)}"#
    }
}

extension ClusterMember {
    fileprivate func json(now: Int64) -> JSONText {
        // Another machine's clock may be ahead.
        let uptime = startedAt > 0 ? max(0, now.subtractingReportingOverflow(startedAt).partialValue / 1000) : nil
        return #"""
            {"id":\#(node.name),"generation":\#(node.generation),"addr":\#(address),"state":\#(state.rawValue),\#
            "incarnation":\#(incarnation),"observedBy":\#(accusations.map { #"\#($0.by)"# }),\#
            "accusations":\#(accusations.map { #"{"by":\#($0.by),"at":\#($0.at)}"# }),\#
            "rttMs":\#(milliseconds: roundTrip),"users":\#(load?.users),"rooms":\#(load?.rooms),\#
            "messagesPerSecond":\#(thousandths: load?.messagesPerSecond),"lagMs":\#(milliseconds: load?.loopLag),\#
            "relay":\#(load?.relayConnected),"version":\#(version),"uptimeS":\#(uptime),"viewHash":\#(hash: viewHash)}
            """#
    }

    fileprivate var receipts: JSONText {
        let receipts: [JSONText] = canaries.map {
            #"""
            \#($0.from):{"number":\#($0.number),"lastMs":\#(milliseconds: $0.last),"p99Ms":\#(milliseconds: $0.p99),\#
            "ageMs":\#(milliseconds: $0.age)}
            """#
        }
        return #"\#(node.name):\#(object: receipts)"#
    }
}

extension MembershipEvent {
    fileprivate var json: JSONText {
        #"""
        {"at":\#(at),"id":\#(node.name),"generation":\#(node.generation),"from":\#(from?.rawValue),\#
        "to":\#(to.rawValue),"by":\#(by)}
        """#
    }
}
