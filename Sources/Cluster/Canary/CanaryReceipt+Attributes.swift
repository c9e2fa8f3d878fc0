package import ChatModel
package import Gossip

extension NodeAttributes.Canary {
    package init(_ receipt: CanaryReceipt) {
        self.init(
            from: receipt.from, number: receipt.number,
            lastMilliseconds: UInt16(clamping: receipt.last.milliseconds),
            p99Milliseconds: UInt16(clamping: receipt.p99.milliseconds),
            ageSeconds: UInt16(clamping: receipt.age.components.seconds))
    }
}

extension CanaryReceipt {
    package init(_ canary: NodeAttributes.Canary) {
        self.init(
            from: canary.from, number: canary.number, last: .milliseconds(canary.lastMilliseconds),
            p99: .milliseconds(canary.p99Milliseconds), age: .seconds(canary.ageSeconds))
    }
}
