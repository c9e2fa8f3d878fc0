import TestSupport
import Testing

@testable import Push

@Suite struct MentionTests {
    /// The page's tests read the same table.
    @Test(arguments: WordSamples.all.mentions)
    func theServerFindsTheMentionsThatThePageFinds(sample: WordSamples.MentionSample) {
        #expect(Mention(sample.of).isIn(sample.given) == sample.mentioned)
    }
}
