/// Something happened that the code rules out: a bug. Thrown by the state machines of the message path, so that the
/// supervisor replaces the actor that owns them, instead of carrying on with a state nobody can trust.
///
/// Never thrown for what a peer, Redis or a user sends: that is bad input, and has an answer of its own.
package struct InvariantBroken: Error, Hashable, CustomStringConvertible {
    /// The rules. The raw value is the `reason` of `webchat_actor_restarts_total`.
    package enum Rule: String, CaseIterable, Sendable {
        /// An answer arrives only where a question is open.
        case answer
        /// Messages ascend.
        case order
        /// Nothing is delivered to a member before it has been placed, and it is placed once.
        case placement
        /// A member of this node is in the room's list of members.
        case roster
    }

    package let rule: Rule
    package let expected: String
    /// Ids, numbers and names of states; never what a user wrote.
    package let found: String
    /// The message that cannot be handled, if it is one.
    package let message: MessageID?

    package init(_ rule: Rule, expected: String, found: String, message: MessageID? = nil) {
        self.rule = rule
        self.expected = expected
        self.found = found
        self.message = message
    }

    package var description: String { "\(rule.rawValue) invariant broken: expected \(expected), found \(found)" }
}
