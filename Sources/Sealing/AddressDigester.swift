/// Names for the addresses of clients in what a room keeps. Keyed, so that nobody without the secret can try addresses
/// out, and different in each room, so that rooms cannot be compared.
package struct AddressDigester: Sendable {
    private let key: [UInt8]

    /// Same rules as `GuestTokenSealer.init`. After a change of the secret, an address has other names.
    package init(secret: [UInt8]) throws(SealingError) {
        key = try KeyDerivation.derive(from: secret, salt: [], purpose: Array("banned-address".utf8), length: 32)
    }

    /// 26 characters of base32, 130 bits of an HMAC. Neither text has a line break.
    package func digest(of address: String, in room: String) throws(SealingError) -> String {
        Base32.text(try KeyDerivation.authenticate(Array("\(room)\n\(address)".utf8), key: key), length: 26)
    }
}
