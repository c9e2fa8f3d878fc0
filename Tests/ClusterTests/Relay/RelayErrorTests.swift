import ChatModel
import RedisClient
import Testing

@testable import Cluster

@Suite struct RelayErrorTests {
    @Test(
        arguments: [
            (.notConnected, .unavailable), (.connectionLost, .unavailable), (.timedOut, .unavailable),
            (.overloaded, .overloaded), (.unexpectedReply, .refused), (.protocolViolation, .unavailable),
            (.server(prefix: "OOM"), .refused), (.server(prefix: "READONLY"), .refused),
            (.server(prefix: "WRONGTYPE"), .refused), (.server(prefix: "NOSCRIPT"), .unavailable),
            (.server(prefix: "LOADING"), .unavailable), (.server(prefix: "MASTERDOWN"), .unavailable),
            (.server(prefix: "MOVED"), .moving), (.server(prefix: "ASK"), .moving),
            (.server(prefix: "TRYAGAIN"), .moving), (.server(prefix: "CLUSTERDOWN"), .unavailable),
        ] as [(RedisError.Code, RelayError.Code)])
    func redisErrorsSayWhetherTheMessageMayBeInTheLog(redis: RedisError.Code, relay: RelayError.Code) {
        #expect(RelayError(RedisError(redis, "why")) == RelayError(relay, "why"))
    }
}
