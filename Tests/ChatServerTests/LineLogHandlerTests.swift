import Foundation
import Logging
import TestSupport
import Testing

@testable import ChatServer

@Suite struct LineLogHandlerTests {
    private let lines = Journal<String>()

    private func logger(_ format: LogFormat) -> Logger {
        Logger(label: "webchat") { [lines] label in
            LineLogHandler(label: label, format: format, level: .info) { lines.add($0) }
        }
    }

    @Test func textIsOneLineWithSortedMetadata() throws {
        var logger = logger(.text)
        logger[metadataKey: "node.id"] = "n1"
        logger.info("Socket opened", metadata: ["connection.id": "7", "user": "Ann Example", "a": ""])
        logger.debug("not at this level")
        #expect(
            lines.all.map { String($0.drop { $0 != " " }) } == [
                " info webchat: Socket opened a=\"\" connection.id=7 node.id=n1 user=\"Ann Example\""
            ])
        let time = try #require(lines.all[0].split(separator: " ").first)
        #expect(throws: Never.self) {
            try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(String(time))
        }
    }

    @Test(arguments: LogFormat.allCases)
    func namesCannotForgeLinesOrControlATerminal(format: LogFormat) throws {
        let name = "eve\r\n2026 info webchat: forged\u{1B}[31m\u{9B}\u{7F}\u{2028}\u{202E}\0\\"
        logger(format).info("Renamed \(name)", metadata: ["name": "\(name)", "k\ney": "v"])
        let line = try #require(lines.all.first)
        #expect(lines.all.count == 1)
        let unsafe = line.unicodeScalars.filter { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
        if format == .text {
            #expect(unsafe.isEmpty && !line.contains("\u{202E}") && !line.contains("\u{2028}"))
            #expect(line.contains("eve\\r\\n2026 info webchat: forged\\u{1B}[31m"))
        } else {
            #expect(unsafe.allSatisfy { $0.value >= 0x7F })
        }
    }

    @Test func aValueCannotPassAsTwo() {
        logger(.text).info("Hello", metadata: ["name": "a b=c \"d\""])
        #expect(lines.all[0].hasSuffix("name=\"a b=c \\\"d\\\"\""))
    }

    @Test func jsonIsOneObjectPerLine() throws {
        var logger = logger(.json)
        logger[metadataKey: "node.id"] = "n1"
        logger.warning("Say \"hi\"\n", metadata: ["count": "3"])
        struct Record: Decodable {
            let time: String
            let level: String
            let logger: String
            let message: String
            let metadata: [String: String]
        }
        #expect(!lines.all[0].contains("\n"))
        let record = try JSONDecoder().decode(Record.self, from: Data(lines.all[0].utf8))
        #expect(record.level == "warning" && record.logger == "webchat" && record.message == "Say \"hi\"\n")
        #expect(record.metadata == ["node.id": "n1", "count": "3"])
    }
}
