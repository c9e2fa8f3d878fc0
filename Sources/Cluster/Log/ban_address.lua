-- Bans a client address from a room because of a guest who is banned there: docs/protocol.md, section 13.
-- BannedAddresses.swift has the same rules, in memory.
--
-- KEYS: the room's rules (see rules.lua). ARGV: the guest, and the digest of the address.
-- Answer: 1 if the address is banned now; 0 if the guest is not, or if the room has too many.
local rules, guest, address = KEYS[1], ARGV[1], ARGV[2]
local most_of_guest, most_of_room = 4, 1000
local call = redis.call
local time = call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- When a ban ends, never or later; nothing: there is none.
local function ban_end(record)
    local ends = string.match(record or '', '^banned (%d+)')
    if ends == '0' then return math.huge end
    return ends and tonumber(ends) > now and tonumber(ends) or nil
end

-- Drops the addresses of guests who are not banned any more. Returns how many there are.
local function sweep()
    local records, banned, count = call('HGETALL', rules), {}, 0
    for i = 1, #records, 2 do
        local user = string.match(records[i], '^r:(.*)$')
        if user and ban_end(records[i + 1]) then banned[user] = true end
    end
    for i = 1, #records, 2 do
        local kind, name = string.match(records[i], '^(%a):(.*)$')
        local whose = kind == 'a' and records[i + 1] or kind == 'b' and name
        if whose and not banned[whose] then
            call('HDEL', rules, records[i])
        elseif kind == 'a' then
            count = count + 1
        end
    end
    return count
end

local record, own, other, count =
    unpack(call('HMGET', rules, 'r:' .. guest, 'b:' .. guest, 'a:' .. address, 'addresses'))
local ends = ban_end(record)
if not ends then return 0 end
if other == guest then return 1 end
-- Of two bans, the one that ends last.
local other_end = other and ban_end(call('HMGET', rules, 'r:' .. other)[1])
if other_end and other_end >= ends then return 1 end

local function without_address(list)
    local kept = {}
    for known in string.gmatch(list or '', '%S+') do
        if known ~= address then kept[#kept + 1] = known end
    end
    return kept
end
local kept = without_address(own)
kept[#kept + 1] = address
local oldest = #kept > most_of_guest and table.remove(kept, 1)
local is_freed = oldest and call('HMGET', rules, 'a:' .. oldest)[1] == guest
local added = (other and 0 or 1) - (is_freed and 1 or 0)
count = tonumber(count or '0')
if not other and count + added > most_of_room then
    count = sweep()
    if count + added > most_of_room then
        call('HSET', rules, 'addresses', count)
        return 0
    end
end
if is_freed then call('HDEL', rules, 'a:' .. oldest) end
if other then
    local theirs = without_address(call('HMGET', rules, 'b:' .. other)[1])
    if #theirs > 0 then
        call('HSET', rules, 'b:' .. other, table.concat(theirs, ' '))
    else
        call('HDEL', rules, 'b:' .. other)
    end
end
call('HSET', rules, 'a:' .. address, guest, 'b:' .. guest, table.concat(kept, ' '), 'addresses', count + added)
return 1
