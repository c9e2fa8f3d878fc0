/// A bug: something happened that the code rules out. Thrown by the state machines of the message path, so that the
/// supervisor replaces the actor that owns them instead of continuing in a corrupt state.
///
/// Never thrown for input from a peer, Redis or a user, which is answered with an error.
package struct InvariantBroken: Error, Hashable, CustomStringConvertible {
    /// The broken rule. The raw value is the `reason` of `webchat_actor_restarts_total`.
    package enum Rule: String, CaseIterable, Sendable {
        /// An answer arrives only for an open question.
        case answer
        /// Message ids ascend.
        case order
        /// A member is placed exactly once, before anything is delivered to it.
        case placement
        /// Each member on this node is in the room's roster.
        case roster
    }

    package let rule: Rule
    package let expected: String
    /// Ids, numbers and names of states; never user text.
    package let found: String
    /// The message that cannot be handled, if any.
    package let message: MessageID?

    package init(_ rule: Rule, expected: String, found: String, message: MessageID? = nil) {
        self.rule = rule
        self.expected = expected
        self.found = found
        self.message = message
    }

    package var description: String { "\(rule.rawValue) invariant broken: expected \(expected), found \(found)" }
}
