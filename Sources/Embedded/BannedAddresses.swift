import ChatModel

/// The addresses that are banned from a room because of guests: in memory what `ban_address.lua` keeps. A pure value.
struct BannedAddresses {
    /// For whom each is banned: as long as that guest is.
    private var guests: [AddressDigest: UserID] = [:]
    /// Oldest first.
    private var addresses: [UserID: [AddressDigest]] = [:]

    var count: Int { guests.count }

    /// Whether somebody may not enter for their address. Those with a role may.
    /// - `now`: milliseconds since 1970.
    func keepOut(_ user: UserID?, from address: AddressDigest?, by rules: RoomRules, at now: Int64) -> Bool {
        guard let guest = address.flatMap({ guests[$0] }), rules.role(of: guest, at: now) == .banned else {
            return false
        }
        return user.map { rules.role(of: $0, at: now) == .none } ?? true
    }

    /// - Returns: whether the address is banned now.
    mutating func ban(_ address: AddressDigest, becauseOf guest: UserID, by rules: RoomRules, at now: Int64) -> Bool {
        guard let end = rules.banEnd(of: guest, at: now) else { return false }
        let other = guests[address]
        if other == guest { return true }
        // Of two bans, the one that ends last.
        if let otherEnd = other.flatMap({ rules.banEnd(of: $0, at: now) }), otherEnd >= end { return true }
        var own = addresses[guest, default: []].filter { $0 != address } + [address]
        let oldest = own.count > AddressBanLimits.mostOfGuest ? own.removeFirst() : nil
        let freed = oldest.flatMap { guests[$0] == guest ? $0 : nil }
        let most = AddressBanLimits.mostOfRoom - (freed == nil ? 1 : 0)
        if other == nil, guests.count > most {
            sweep(by: rules, at: now)
            guard guests.count <= most else { return false }
        }
        if let freed { guests[freed] = nil }
        if let other {
            let theirs = addresses[other, default: []].filter { $0 != address }
            addresses[other] = theirs.isEmpty ? nil : theirs
        }
        addresses[guest] = own
        guests[address] = guest
        return true
    }

    /// The next ban does not bring back the addresses of the last one.
    mutating func forget(_ guest: UserID) {
        for address in addresses.removeValue(forKey: guest) ?? [] where guests[address] == guest {
            guests[address] = nil
        }
    }

    private mutating func sweep(by rules: RoomRules, at now: Int64) {
        guests = guests.filter { rules.banEnd(of: $0.value, at: now) != nil }
        addresses = addresses.filter { rules.banEnd(of: $0.key, at: now) != nil }
    }
}

extension RoomRules {
    /// When a user's ban ends; `nil`: there is none.
    fileprivate func banEnd(of user: UserID, at now: Int64) -> Int64? {
        role(of: user, at: now) == .banned ? grants[user]?.until ?? .max : nil
    }
}
