internal import ChatProtocol
internal import NIOCore

/// Reads the JSON of tokens.
enum TokenJSON {
    /// - `what`: for messages, such as "the header".
    static func readObject(
        _ json: [UInt8], _ what: String,
        _ member: (_ name: String, inout ByteReader) throws(JSONError) -> Void
    ) throws(TokenError) {
        do throws(JSONError) {
            try ByteReader.read(ByteBuffer(bytes: json)) { (reader) throws(JSONError) in
                try reader.readObject(member)
            }
        } catch {
            // The messages of the reader are constants: nothing of the token is in them.
            let code: TokenError.Code = error.isDuplicateMember ? .duplicateMember : .json
            throw TokenError(code, "\(what) of the token is not usable JSON: \(error)")
        }
    }
}
