import Foundation
import Testing

@testable import ChatServer

@Suite struct ClusterTableTests {
    @Test func columnsStandUnderOneAnother() throws {
        let json = """
            {"v": 1, "self": "n2", "generatedAt": 0, "relay": {"kind": "redis", "connected": true}, "members": [
              {"id": "n1", "generation": 17, "addr": "10.0.0.1:8080", "state": "alive", "version": "1.0", "uptimeS": 93784},
              {"id": "n2", "generation": 1800000000000, "addr": "10.0.0.2:80", "state": "dead", "version": "1.0", "uptimeS": 59},
              {"id": "n\\n3", "generation": 1, "addr": "", "state": "left", "version": "", "uptimeS": -1}]}
            """
        let view = try JSONDecoder().decode(ClusterView.self, from: Data(json.utf8))
        #expect(
            view.table == """
                NODE  STATE  ADDRESS        VERSION  UP     GENERATION
                n1    alive  10.0.0.1:8080  1.0      1d 2h  17
                n2 *  dead   10.0.0.2:80    1.0      59s    1800000000000
                n\\n3  left                           ?      1
                """)
    }
}
