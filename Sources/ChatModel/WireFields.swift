extension StringProtocol {
    /// The parts of a line that spaces separate, in a format of ours: by scalars, since a `Character` may be a space
    /// together with the mark with which a name behind it begins.
    /// - `most`: the last part has the rest.
    package func fields(atMost most: Int) -> [String] {
        unicodeScalars.split(separator: " ", maxSplits: most - 1, omittingEmptySubsequences: false).map {
            String(String.UnicodeScalarView($0))
        }
    }
}
