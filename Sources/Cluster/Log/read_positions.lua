-- How far a user has read their rooms: docs/protocol.md, section 14. ReadPositionTable.swift has the same, in memory.
--
-- KEYS: a hash of rooms, each with '<epoch> <id>'. ARGV: how many rooms it may have, its lifetime in seconds, then the
-- room, the epoch and the id of each position.
-- Answer: for each position 1 if it is further than what was known, otherwise 0.
local hash, most, lifetime = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local call = redis.call

-- Of numbers in decimal, which may be too long for Lua.
local function is_less(one, other)
    if #one ~= #other then return #one < #other end
    return one < other
end

-- The random part of the epoch, and the two numbers of the id.
local function parse(position) return string.match(position or '', '^(%x+)[.%x]* (%d+)%-(%d+)$') end

local function is_further(position, known)
    local random, ms, seq = parse(position)
    local known_random, known_ms, known_seq = parse(known)
    if random ~= known_random then return true end
    if ms ~= known_ms then return is_less(known_ms, ms) end
    return is_less(known_seq, seq)
end

-- Drops the room whose newest message read is the oldest, if there are too many.
local function make_place()
    local fields = call('HGETALL', hash)
    if #fields < 2 * most then return end
    local oldest, oldest_ms
    for i = 1, #fields, 2 do
        local _, ms = parse(fields[i + 1])
        if not oldest or is_less(ms or '0', oldest_ms) then oldest, oldest_ms = fields[i], ms or '0' end
    end
    call('HDEL', hash, oldest)
end

local answer, has_changed = {}, false
for i = 3, #ARGV, 3 do
    local room, position = ARGV[i], ARGV[i + 1] .. ' ' .. ARGV[i + 2]
    local known = call('HMGET', hash, room)[1]
    local is_new = is_further(position, known)
    if is_new then
        if not known then make_place() end
        call('HSET', hash, room, position)
        has_changed = true
    end
    answer[#answer + 1] = is_new and 1 or 0
end
if has_changed then call('EXPIRE', hash, lifetime) end
return answer
