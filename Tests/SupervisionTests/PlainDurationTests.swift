import Supervision
import Testing

@Suite struct PlainDurationTests {
    @Test(arguments: [
        (Duration.zero, "0 ms"), (.seconds(-3), "0 ms"), (.microseconds(7_867), "8 ms"), (.milliseconds(999), "999 ms"),
        (.microseconds(999_900), "1 s"), (.milliseconds(2_520), "2.5 s"), (.milliseconds(9_949), "9.9 s"),
        (.milliseconds(9_960), "10 s"), (.seconds(59), "59 s"), (.seconds(60), "1 min"), (.seconds(306), "5 min 6 s"),
        (.seconds(3_601), "1 h"),
        (.seconds(11_520), "3 h 12 min"), (.seconds(90_000), "1 d 1 h"),
        (.seconds(Int64.max), "106751991167300 d 15 h"),
    ])
    func durationsAreRoundedForReading(duration: Duration, text: String) {
        #expect(duration.plain == text)
    }
}
