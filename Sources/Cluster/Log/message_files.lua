-- The files of a room's messages: docs/protocol.md, section 15. Part of publish.lua and delete_room.lua, which describe
-- KEYS; MessageFiles.swift has the same, in memory. A sorted set by the seq of their message; that of a deleted message
-- is negative. A file belongs to one message. SharedFile+Wire.swift has the format in which a message names its files.
--
-- Of a deleted room the files stay for as long as somebody may have a ticket for one, with a score below any seq: the
-- time of the deletion. Where the index was lost, the entry '!' says up to which seq it lacks files.
local message_files = {}
local buried, burial_ms = 1e15, 4 * 3600 * 1000

local function each_file(named) return string.gmatch('\n' .. named, '\n(%S+) ') end

-- The error if nodes may not ask: it does not concern the other messages of the call.
function message_files.refusal(named)
    for file in each_file(named) do
        local score = redis.pcall('ZSCORE', KEYS[6], file)
        if type(score) == 'table' then return score end
        if score then return {'file_taken'} end
    end
end

local function forget_burials(now)
    redis.call('ZREMRANGEBYSCORE', KEYS[6], string.format('(%.0f', burial_ms - buried - now), -buried)
end

-- Also drops those of trimmed messages.
--
-- `known`: whether the room's messages had files before. `last`: the newest seq. `now`: in milliseconds.
function message_files.note(named, score, known, last, now)
    if known and redis.call('EXISTS', KEYS[6]) == 0 then redis.call('ZADD', KEYS[6], last, '!') end
    for file in each_file(named) do redis.call('ZADD', KEYS[6], score, file) end
    local first_id = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]
    local first_seq = string.match(first_id, '%d+$')
    redis.call('ZREMRANGEBYSCORE', KEYS[6], '(-' .. first_seq, '(' .. first_seq)
    forget_burials(now)
end

local function is_there() return redis.call('TYPE', KEYS[6]).ok == 'zset' end

-- A new log begins.
function message_files.forget()
    if is_there() then redis.call('ZREMRANGEBYSCORE', KEYS[6], '(0', '+inf') end
end

-- The room is deleted: no message can have its files any more.
function message_files.bury(now)
    if not is_there() then return end
    forget_burials(now)
    redis.call('ZREM', KEYS[6], '!')
    for _, file in ipairs(redis.call('ZRANGEBYSCORE', KEYS[6], '(' .. -buried, '+inf')) do
        redis.call('ZADD', KEYS[6], string.format('%.0f', -buried - now), file)
    end
    redis.call('EXPIRE', KEYS[6], burial_ms / 1000)
end

