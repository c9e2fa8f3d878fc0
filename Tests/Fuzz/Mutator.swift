#if DEBUG
    import ChatClient

    /// Changes an input at random, as libFuzzer does: bits, bytes, numbers, words of the language, pieces of other inputs.
    struct Mutator {
        private static let bytes: [UInt8] = [
            0, 1, 0x0A, 0x0D, 0x20, 0x22, 0x2D, 0x30, 0x39, 0x5C, 0x7F, 0x80, 0xC0, 0xED, 0xFF,
        ]
        private static let numbers = [
            "0", "-1", "1", "255", "256", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296",
            "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615",
            "18446744073709551616", "1e999", "0.1", "00", "+1", "99999999999999999999",
        ].map { Array($0.utf8) }

        private var generator: SplitMix64
        private let words: [[UInt8]]
        private let maximumBytes: Int

        init(seed: UInt64, words: [String], maximumBytes: Int) {
            generator = SplitMix64(seed: seed)
            self.words = words.map { Array($0.utf8) } + Self.numbers
            self.maximumBytes = maximumBytes
        }

        mutating func below(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }

        mutating func change(_ input: [UInt8], _ others: [[UInt8]]) -> [UInt8] {
            var output = input
            for _ in 0...below(4) { changeOnce(&output, others) }
            if output.count > maximumBytes { output.removeLast(output.count - maximumBytes) }
            return output
        }

        private mutating func changeOnce(_ output: inout [UInt8], _ others: [[UInt8]]) {
            guard !output.isEmpty else {
                output = words[below(words.count)]
                return
            }
            let place = below(output.count)
            switch below(11) {
            case 0: output[place] ^= 1 << UInt8(below(8))
            case 1: output[place] = UInt8(truncatingIfNeeded: generator.next())
            case 2: output[place] = Self.bytes[below(Self.bytes.count)]
            case 3: output.insert(Self.bytes[below(Self.bytes.count)], at: place)
            case 4: output.removeSubrange(place..<min(output.count, place + 1 + below(4)))
            case 5: output.removeSubrange(place..<min(output.count, place + 1 + below(64)))
            case 6:
                let piece = output[place..<min(output.count, place + 1 + below(32))]
                output.insert(contentsOf: piece, at: below(output.count + 1))
            case 7: output.insert(contentsOf: words[below(words.count)], at: place)
            case 8: replaceNumber(near: place, in: &output)
            case 9:
                let other = others[below(others.count)]
                guard !other.isEmpty else { return }
                let from = below(other.count)
                output.replaceSubrange(place..., with: other[from...])
            default: output[place] &+= below(2) == 0 ? 1 : 255
            }
        }

        private mutating func replaceNumber(near place: Int, in output: inout [UInt8]) {
            let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
            guard let start = output[place...].firstIndex(where: digits.contains) else { return }
            let end = output[start...].firstIndex { !digits.contains($0) } ?? output.count
            output.replaceSubrange(start..<end, with: Self.numbers[below(Self.numbers.count)])
        }
    }
#endif
