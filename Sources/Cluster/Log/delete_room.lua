-- Deletes a room's log and rules and tells the nodes, in one step, so that no node sees a part of it and no message comes
-- in between: docs/protocol.md, section 13. Behind message_files.lua, in one script.
--
-- KEYS: the room's log, its head, its act records, its rules, who spoke when in slow mode, its files.
-- ARGV: the command that publishes, the channel, what is published.
local time = redis.call('TIME')
message_files.bury(tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return redis.call(ARGV[1], ARGV[2], ARGV[3])
