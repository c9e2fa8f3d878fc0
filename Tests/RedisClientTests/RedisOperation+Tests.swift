import RedisClient

/// Two operations of a user of the client.
extension RedisOperation {
    static var publish: RedisOperation { RedisOperation(4, "4") }
    static var read: RedisOperation { RedisOperation(5, "5") }
}
