#if DEBUG
    import Foundation

    /// Inputs in a text file, one a line, so that they can be read and reviewed: `\n`, `\r`, `\t`, `\\`, and `\x00` for what
    /// cannot be seen. Lines that begin with `##` are remarks.
    enum Corpus {
        static func inputs(of target: String, in directory: String) throws -> [[UInt8]] {
            let path = "\(directory)/\(target).txt"
            guard let data = FileManager.default.contents(atPath: path) else {
                guard FileManager.default.fileExists(atPath: directory) else {
                    throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: directory])
                }
                return []
            }
            return data.split(separator: UInt8(ascii: "\n")).filter { !$0.starts(with: Array("##".utf8)) }
                .map { read(Array($0)) }
        }

        static func line(of input: [UInt8]) -> String {
            var line = ""
            for byte in input {
                switch byte {
                case 0x0A: line += #"\n"#
                case 0x0D: line += #"\r"#
                case 0x09: line += #"\t"#
                case 0x5C: line += #"\\"#
                case 0x20..<0x7F: line.unicodeScalars.append(UnicodeScalar(byte))
                default: line += #"\x"# + (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }
            }
            return line
        }

        private static func read(_ line: [UInt8]) -> [UInt8] {
            var bytes: [UInt8] = []
            var rest = line[...]
            while let byte = rest.popFirst() {
                guard byte == 0x5C, let letter = rest.popFirst() else {
                    bytes.append(byte)
                    continue
                }
                switch letter {
                case UInt8(ascii: "n"): bytes.append(0x0A)
                case UInt8(ascii: "r"): bytes.append(0x0D)
                case UInt8(ascii: "t"): bytes.append(0x09)
                case UInt8(ascii: "x"):
                    bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                    rest = rest.dropFirst(2)
                default: bytes.append(letter)
                }
            }
            return bytes
        }
    }
#endif
