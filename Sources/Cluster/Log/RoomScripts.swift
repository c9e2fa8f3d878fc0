package import RedisClient

/// The scripts, and which connection needs which.
package enum RoomScripts {
    static let publish = RedisScript(
        PackageResources.rules_lua + PackageResources.message_files_lua + PackageResources.publish_lua)
    static let deleteRoom = RedisScript(PackageResources.message_files_lua + PackageResources.delete_room_lua)
    static let read = RedisScript(PackageResources.records_lua + PackageResources.read_lua)
    static let erase = RedisScript(PackageResources.records_lua + PackageResources.erase_lua)
    static let erasures = RedisScript(PackageResources.erasures_lua)
    static let banAddress = RedisScript(PackageResources.ban_address_lua)
    static let readPositions = RedisScript(PackageResources.read_positions_lua)
    static let files = RedisScript(PackageResources.files_lua)
    static let pushTurns = RedisScript(PackageResources.push_turns_lua)
    static let updateMembers = RedisScript(PackageResources.update_members_lua)
    static let readMembers = RedisScript(PackageResources.read_members_lua)

    /// To be run on every new connection.
    /// - `waits`: whether it must be allowed to wait for replicas.
    package static func setup(waits: Bool = false) -> RedisService.Setup {
        RedisService.Setup(
            publish: [publish.load, deleteRoom.load] + (waits ? [RedisCommand(.publish, "WAIT", 0, 1)] : []),
            read: [
                read.load, banAddress.load, erase.load, erasures.load, readPositions.load, files.load,
                updateMembers.load, readMembers.load, pushTurns.load,
            ])
    }
}
