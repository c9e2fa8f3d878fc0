import TestSupport
import Testing

@testable import RedisClient

@Suite struct RedisSubscriptionStateMachineTests {
    private typealias Machine = RedisSubscriptionStateMachine

    private func opened(subscribedTo names: String...) -> Machine {
        var machine = Machine()
        machine.opened()
        for name in names {
            _ = machine.want(name)
            for command in commands(&machine) { _ = machine.answered(command) }
        }
        return machine
    }

    private func commands(_ machine: inout Machine) -> [Machine.Command] {
        var commands: [Machine.Command] = []
        while let command = machine.nextCommand() { commands.append(command) }
        return commands
    }

    @Test func aRequestIsSentAndConfirmedOnce() {
        var machine = opened()
        #expect(machine.want("a") == false)
        #expect(machine.want("a") == false)
        #expect(commands(&machine) == [.subscribe("a")])
        #expect(machine.want("a") == false)
        #expect(commands(&machine) == [])
        #expect(machine.answered(.subscribe("a")) == .confirmed("a"))
        #expect(machine.want("a") == true, "it stands")
        #expect(commands(&machine) == [])
    }

    @Test func requestsWaitForAConnection() {
        var machine = Machine()
        _ = machine.want("a")
        _ = machine.want("b")
        machine.unwant("b")
        #expect(commands(&machine) == [])
        machine.opened()
        #expect(commands(&machine) == [.subscribe("a")])
    }

    /// A room that is restarted while its subscriber reconnects waits for the answer.
    @Test(arguments: [true, false]) func aRequestRepeatedDuringAReconnectIsConfirmed(whileAway: Bool) {
        var machine = opened(subscribedTo: "a", "b")
        machine.closed()
        if whileAway { #expect(machine.want("a") == false) }
        machine.opened()
        let sent = commands(&machine)
        if !whileAway { #expect(machine.want("a") == false) }
        let outcomes = sent.map { machine.answered($0) }
        #expect(outcomes.contains(.confirmed("a")) && outcomes.contains(.resubscribed("b")))
        #expect(outcomes.count == 2 && commands(&machine) == [])
        machine.closed()
        machine.opened()
        #expect(commands(&machine).map { machine.answered($0) }.contains(.resubscribed("a")))
    }

    @Test func aRequestChangedInFlightEndsAsLastRequested() {
        var machine = opened()
        _ = machine.want("a")
        #expect(commands(&machine) == [.subscribe("a")])
        machine.unwant("a")
        #expect(commands(&machine) == [], "one command a channel at a time")
        #expect(machine.answered(.subscribe("a")) == .nothing)
        #expect(commands(&machine) == [.unsubscribe("a")])
        #expect(machine.want("a") == false)
        #expect(machine.answered(.unsubscribe("a")) == .nothing)
        #expect(commands(&machine) == [.subscribe("a")])
        #expect(machine.answered(.subscribe("a")) == .confirmed("a"))
    }

    @Test func unwantedChannelsAreForgotten() {
        var machine = opened(subscribedTo: "a")
        machine.unwant("a")
        #expect(commands(&machine) == [.unsubscribe("a")])
        _ = machine.answered(.unsubscribe("a"))
        #expect(commands(&machine) == [])
        machine.closed()
        machine.opened()
        #expect(commands(&machine) == [])
    }

    @Test func aReconnectResubscribesOldChannelsAndConfirmsNewOnes() {
        var machine = opened(subscribedTo: "stood")
        _ = machine.want("waited")
        _ = commands(&machine)
        machine.closed()
        #expect(machine.answered(.subscribe("waited")) == .nothing, "an answer of the old connection")
        machine.opened()
        #expect(Set(commands(&machine)) == [.subscribe("stood"), .subscribe("waited")])
        #expect(machine.answered(.subscribe("stood")) == .resubscribed("stood"))
        #expect(machine.answered(.subscribe("waited")) == .confirmed("waited"))
    }

    @Test func aCancelledAndRepeatedRequestIsNew() {
        var machine = opened(subscribedTo: "a")
        machine.closed()
        machine.unwant("a")
        _ = machine.want("a")
        machine.opened()
        #expect(commands(&machine) == [.subscribe("a")])
        #expect(machine.answered(.subscribe("a")) == .confirmed("a"))
    }

    @Test func aReconnectSendsSubscriptionsInChunks() {
        var machine = Machine()
        let all = Set((0..<2_000).map { "c\($0)" })
        for name in all { _ = machine.want(name) }
        machine.opened()
        var chunk = commands(&machine)
        var asked: Set<String> = []
        while !chunk.isEmpty {
            #expect(chunk.count <= Machine.maximumInFlight)
            for command in chunk {
                if case .confirmed(let name) = machine.answered(command) { asked.insert(name) }
            }
            chunk = commands(&machine)
        }
        #expect(asked == all)
    }

    /// Its slot has moved: the map is read before anything is sent again.
    @Test func aDroppedChannelIsSubscribedAgainOnlyWhenToldTo() {
        var machine = opened(subscribedTo: "a", "b")
        machine.dropped("a")
        #expect(commands(&machine) == [])
        machine.retry()
        #expect(commands(&machine) == [.subscribe("a")])
        machine.redirected(.subscribe("a"))
        #expect(commands(&machine) == [])
        machine.retry()
        #expect(commands(&machine) == [.subscribe("a")])
        #expect(machine.answered(.subscribe("a")) == .resubscribed("a"))
    }

    @Test func aChannelThatWasSubscribedElsewhereIsResubscribed() {
        var machine = opened()
        #expect(machine.want("a", again: true) == false)
        #expect(commands(&machine) == [.subscribe("a")])
        #expect(machine.answered(.subscribe("a")) == .resubscribed("a"))
    }

    @Test func whatIsNotWantedAnyMoreIsForgottenWhereItWasDropped() {
        var machine = opened(subscribedTo: "a", "b")
        machine.dropped("a")
        machine.unwant("a")
        machine.unwant("b")
        #expect(commands(&machine) == [.unsubscribe("b")], "nothing is there to unsubscribe from")
        machine.redirected(.unsubscribe("b"))
        machine.retry()
        #expect(commands(&machine) == [] && machine.isEmpty)
    }

    /// Whatever happens to a channel, the machine ends where it should be, with one command at a time for each.
    @Test(arguments: 0..<50) func everyChannelEndsAsWanted(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = opened()
        var wanted: Set<String> = []
        var held: Set<String> = []
        var flying: [Machine.Command] = []
        for _ in 0..<300 {
            let name = ["a", "b", "c"][Int.random(in: 0..<3, using: &generator)]
            switch Int.random(in: 0..<6, using: &generator) {
            case 0:
                _ = machine.want(name, again: Bool.random(using: &generator))
                wanted.insert(name)
            case 1:
                machine.unwant(name)
                wanted.remove(name)
            case 2: if held.remove(name) != nil { machine.dropped(name) }
            case 3: machine.retry()
            default:
                guard !flying.isEmpty else { continue }
                let command = flying.removeFirst()
                guard Int.random(in: 0..<4, using: &generator) > 0 else {
                    machine.redirected(command)
                    if case .unsubscribe(let name) = command { held.remove(name) }
                    break
                }
                _ = machine.answered(command)
                switch command {
                case .subscribe(let name): held.insert(name)
                case .unsubscribe(let name): held.remove(name)
                }
            }
            flying += commands(&machine)
        }
        for _ in 0..<10 {
            for command in flying {
                _ = machine.answered(command)
                switch command {
                case .subscribe(let name): held.insert(name)
                case .unsubscribe(let name): held.remove(name)
                }
            }
            machine.retry()
            flying = commands(&machine)
        }
        #expect(held == wanted)
    }
}
