/// The member names of an object so far. Our objects have few members, so a list is faster than a set; the set keeps a
/// hostile object from costing quadratic time.
struct MemberNames {
    private static let listLimit = 16

    private var list: [String] = []
    private var set: Set<String> = []

    /// Returns whether the name is new.
    mutating func insert(_ name: String) -> Bool {
        if set.isEmpty {
            guard !list.contains(name) else { return false }
            list.append(name)
            if list.count > Self.listLimit { set = Set(list) }
            return true
        }
        return set.insert(name).inserted
    }
}
