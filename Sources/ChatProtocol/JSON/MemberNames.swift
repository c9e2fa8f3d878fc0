/// The names an object has had so far. Objects of our protocol have few members: a list is quicker than a set, until a
/// peer sends so many that comparing each with all would be an attack.
struct MemberNames {
    private static let listLimit = 16

    private var list: [String] = []
    private var set: Set<String> = []

    /// Whether the name is new.
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
