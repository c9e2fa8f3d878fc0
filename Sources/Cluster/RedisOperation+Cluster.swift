package import RedisClient

/// What nodes use Redis for, besides what the client does by itself.
extension RedisOperation {
    package static var publish: RedisOperation { RedisOperation(4, "publish") }
    package static var read: RedisOperation { RedisOperation(5, "read") }
    package static var presence: RedisOperation { RedisOperation(6, "presence") }
    package static var discovery: RedisOperation { RedisOperation(7, "discovery") }
    package static var index: RedisOperation { RedisOperation(8, "index") }
    package static var canary: RedisOperation { RedisOperation(9, "canary") }
    package static var journey: RedisOperation { RedisOperation(10, "journey") }
    package static var erase: RedisOperation { RedisOperation(11, "erase") }
    package static var devices: RedisOperation { RedisOperation(12, "devices") }
    package static var push: RedisOperation { RedisOperation(13, "push") }

    package static var all: [RedisOperation] {
        ofClient + [publish, read, presence, discovery, index, canary, journey, erase, devices, push]
    }
}
