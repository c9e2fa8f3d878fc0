-- What a room's act records say of its entries: docs/protocol.md, section 10. Part of read.lua and erase.lua.
local function number(id) return string.match(id, '%d+$') end

local function place(entry, wanted)
    for i = 1, #entry[2], 2 do
        if entry[2][i] == wanted then return i + 1 end
    end
end

-- `acts`: the key of the records. `first_id`: the oldest id of the log.
local function records_of(acts, first_id)
    local known = {}

    local function look_up(from, to)
        for _, record in ipairs(redis.call('ZRANGEBYSCORE', acts, from, to)) do
            known[string.match(record, '^%d+')] = record
        end
    end

    -- Those of messages must have been looked up. Returns the record of the entry's message, or of the message that it
    -- edits; of that message, how it stands and the id of its last edit; and whether the entry is an edit.
    local function of(entry)
        local act_at = place(entry, 'act')
        local edited = act_at and string.match(entry[2][act_at], '^edit .*%-(%d+)$')
        if edited and known[edited] == nil then
            look_up(edited, edited)
            known[edited] = known[edited] or false
        end
        local record = known[edited or number(entry[1])]
        -- Records of trimmed messages remain until the next act.
        if edited and first_id and tonumber(edited) < tonumber(number(first_id)) then record = false end
        local standing = record and string.match(record, '^%d+\n([^\n]*)\n')
        return record, standing, standing and string.match(standing, '^e (%S+)'), edited
    end

    return {look_up = look_up, of = of}
end

