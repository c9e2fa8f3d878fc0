extension Actor {
    /// Enters an actor that is pinned to the event loop which runs now, synchronously.
    ///
    /// This is `assumeIsolated`, except that only debug builds ask the runtime whether it is true. Outside of a task the
    /// runtime has no quick answer: it compares executors with casts and conformance lookups, on each delivery to each
    /// member. All tests run in debug builds, where a wrong loop traps.
    @inlinable
    package nonisolated func enterOnLoop<Result: Sendable>(
        _ work: (isolated Self) throws -> Result
    ) rethrows -> Result {
        #if DEBUG
            return try assumeIsolated(work)
        #else
            // Isolation is no part of a function's representation: the standard library does the same.
            return try withoutActuallyEscaping(work) { work in
                try unsafeBitCast(work, to: ((Self) throws -> Result).self)(self)
            }
        #endif
    }
    /// The same with an argument, for work that captures nothing: it allocates nothing.
    @inlinable
    package nonisolated func enterOnLoop<Argument: Sendable, Result: Sendable>(
        with argument: Argument, _ work: @escaping @Sendable (isolated Self, Argument) -> Result
    ) -> Result {
        #if DEBUG
            return assumeIsolated { work($0, argument) }
        #else
            return unsafeBitCast(work, to: ((Self, Argument) -> Result).self)(self, argument)
        #endif
    }
}
