import Foundation

/// The secret of a standalone node without CLUSTER_SECRET.
package struct NodeSecret: Sendable {
    private static let length = 32
    private static let fileName = "secret"

    package let bytes: [UInt8]

    /// Not stored: its tokens become invalid on restart.
    package static func random() -> NodeSecret {
        NodeSecret(bytes: RandomBytes.make(length))
    }

    /// Reads the secret in a directory, creating both if missing. Readable by the owner only.
    package static func kept(in directory: String) throws(SealingError) -> NodeSecret {
        let path = directory + "/" + fileName
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw SealingError(.secretFile, "cannot create the directory \(directory)")
        }
        if access(path, F_OK) != 0 { try make(path) }
        return try read(path)
    }

    /// Writes a temporary file and links it to the path: readers never see a partial secret, and if two processes start
    /// together, one wins.
    private static func make(_ path: String) throws(SealingError) {
        let draft = "\(path).\(getpid())"
        let text = random().bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + "\n"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("cannot be written", path) }
        defer { unlink(draft) }
        let written = write(file, text, text.utf8.count)
        let synced = fsync(file)
        close(file)
        guard written == text.utf8.count, synced == 0 else { throw failure("cannot be written", path) }
        guard link(draft, path) == 0 || errno == EEXIST else { throw failure("cannot be written", path) }
    }

    private static func read(_ path: String) throws(SealingError) -> NodeSecret {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw failure("cannot be read", path)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SealingError(.secretFile, "\(path) is readable by others: chmod 600 it, or delete it for a new one")
        }
        let digits = Array(String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines).utf8)
        guard digits.count == 2 * length else { throw damaged(path) }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else {
                throw damaged(path)
            }
            bytes.append(high << 4 | low)
        }
        return NodeSecret(bytes: bytes)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        Character(UnicodeScalar(digit)).hexDigitValue.map { UInt8($0) }
    }

    private static func failure(_ what: String, _ path: String) -> SealingError {
        SealingError(.secretFile, "\(path) \(what): \(String(cString: strerror(errno)))")
    }

    private static func damaged(_ path: String) -> SealingError {
        SealingError(.secretFile, "\(path) must be \(2 * length) hexadecimal digits: delete it for a new secret")
    }
}
