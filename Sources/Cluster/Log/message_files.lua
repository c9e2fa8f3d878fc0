-- The files of a room's messages: docs/protocol.md, section 15. Part of publish.lua, which describes KEYS; MessageFiles.swift
-- has the same, in memory. A sorted set by the seq of their message; that of a deleted message is negative. A file
-- belongs to one message. SharedFile+Wire.swift has the format in which a message names its files.
local message_files = {}

local function each_file(named) return string.gmatch('\n' .. named, '\n(%S+) ') end

function message_files.are_taken(named)
    for file in each_file(named) do
        if redis.call('ZSCORE', KEYS[6], file) then return true end
    end
end

-- Also drops those of trimmed messages.
function message_files.note(named, seq)
    for file in each_file(named) do redis.call('ZADD', KEYS[6], seq, file) end
    local first_id = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1][1]
    local first_seq = string.match(first_id, '%d+$')
    redis.call('ZREMRANGEBYSCORE', KEYS[6], '(-' .. first_seq, '(' .. first_seq)
end

-- A new log begins. Files of a deleted room stay such that no message can have them.
function message_files.forget()
    if redis.call('TYPE', KEYS[6]).ok == 'zset' then redis.call('ZREMRANGEBYSCORE', KEYS[6], '(0', '+inf') end
end
