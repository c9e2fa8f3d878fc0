package import RedisClient

/// The scripts, and which connection needs which.
package enum RoomScripts {
    static let publish = RedisScript(PackageResources.publish_lua)
    static let read = RedisScript(PackageResources.read_lua)
    static let updateMembers = RedisScript(PackageResources.update_members_lua)
    static let readMembers = RedisScript(PackageResources.read_members_lua)

    /// To be run on every new connection.
    package static let setup = RedisService.Setup(
        publish: [publish.load], read: [read.load, updateMembers.load, readMembers.load])
}
