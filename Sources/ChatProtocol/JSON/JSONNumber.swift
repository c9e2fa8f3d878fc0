/// A JSON number as it was written. Numbers have no size limit in JSON; what does not fit is `nil` and never traps.
package struct JSONNumber: Hashable, Sendable {
    package let token: String

    /// The value, if it was written as an integer and fits.
    package var int64: Int64? { Int64(token) }

    /// The nearest value, if that is finite.
    package var double: Double? { Double(token).flatMap { $0.isFinite ? $0 : nil } }
}
