import ChatModel
import TestSupport
import Testing

@testable import WebEdge

@Suite struct FaultRoutesTests {
    private let lobby = RoomName.lobby

    @Test func withoutTheDevelopmentFlagThereIsNothing() async throws {
        try await EdgeFixture.run { edge in
            try await #expect(edge.get("/dev/faults?point=room.deliver", method: "POST").status == 404)
        }
    }

    @Test func aFaultIsThrownAsOftenAsOrderedAndWhereItWasOrdered() async throws {
        let faults = PlannedFaults()
        try await EdgeFixture.run(faults: faults) { edge in
            let answer = try await edge.get("/dev/faults?point=room.deliver&room=lobby&times=2", method: "POST")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"thrown":0,"waiting":[{"point":"room.deliver","room":"lobby","times":2}]}"#)
            let other = try #require(RoomName("den"))
            try faults.check(.roomDeliver(other, .zero))
            try faults.check(.roomSubmit(lobby))
            for _ in 0..<2 {
                #expect(throws: (any Error).self) { try faults.check(.roomDeliver(lobby, .zero)) }
            }
            try faults.check(.roomDeliver(lobby, .zero))
            try await #expect(edge.get("/dev/faults", method: "GET").body == #"{"thrown":2,"waiting":[]}"#)
        }
    }

    @Test(arguments: PlannedFaults.Point.allCases)
    func withoutARoomItIsAny(point: PlannedFaults.Point) throws {
        let faults = PlannedFaults()
        #expect(faults.add(.init(point: point, room: nil, times: 1)))
        let user = UserID("ann")
        let everywhere: [FaultPoint] = [
            .connectionReceive(lobby, user), .connectionDeliver(lobby, user, through: .zero), .roomSubmit(lobby),
            .roomDeliver(lobby, .zero), .subscriberReceive,
        ]
        #expect(everywhere.count { point in (try? faults.check(point)) == nil } == 1)
    }

    @Test func whatWaitsCanBeTakenBackAndIsBounded() async throws {
        let faults = PlannedFaults()
        try await EdgeFixture.run(faults: faults) { edge in
            for _ in 0..<PlannedFaults.maximumPlans {
                try await #expect(edge.get("/dev/faults?point=room.submit", method: "POST").status == 200)
            }
            try await #expect(edge.get("/dev/faults?point=room.submit", method: "POST").status == 409)
            try await #expect(edge.get("/dev/faults", method: "DELETE").status == 200)
            try faults.check(.roomSubmit(lobby))
        }
    }

    @Test(arguments: [
        "", "?point=room", "?point=room.submit&room=No%20room", "?point=room.submit&times=0",
        "?point=room.submit&times=99999999999999999999",
    ])
    func aWrongOrderIsRefused(query: String) async throws {
        try await EdgeFixture.run(faults: PlannedFaults()) { edge in
            try await #expect(edge.get("/dev/faults\(query)", method: "POST").status == 400)
        }
    }

    @Test(arguments: ["X-Forwarded-For: 10.0.0.1", "Origin: http://127.0.0.1"])
    func neitherAProxyNorAPageMayOrder(header: String) async throws {
        let faults = PlannedFaults()
        try await EdgeFixture.run(faults: faults) { edge in
            try await #expect(edge.get("/dev/faults?point=room.submit", header, method: "POST").status == 403)
            #expect(faults.plans.isEmpty)
        }
    }
}
