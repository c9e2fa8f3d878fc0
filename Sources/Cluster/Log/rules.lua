-- The rules of a room, and who may do what: docs/protocol.md, section 13. RoomRules.swift has the same, in memory. Part
-- of publish.lua, which describes KEYS and ARGV; loaded only for rooms that have rules, or are to get some.
--
-- A hash: 'version', 'speak', 'slow', 'title', 'topic'; for each role 'r:<user>' with '<role> <end> <name>'; for each
-- use of an invitation 'i:<id> <user>', and their number in 'n:<id>'.
local function load_rules(wrong_type, digits_of, clock)
    local rules, spoke, room_kind = KEYS[4], KEYS[5], ARGV[10]
    local is_private = room_kind ~= 'open'
    local call = redis.call
    local ranks = {none = 0, banned = 0, member = 1, moderator = 2, owner = 3}

    local function role_in(record)
        local role, ends = string.match(record or '', '^(%a+) (%d+)')
        return role and ranks[role] and (ends == '0' or tonumber(ends) > clock()) and role or 'none'
    end
    local function role_of(user) return role_in(call('HGET', rules, 'r:' .. user)) end

    -- Whether the only owner would go, while others have a role.
    local function is_last_owner(user)
        local records, has_others = call('HGETALL', rules), false
        for i = 1, #records, 2 do
            if string.sub(records[i], 1, 2) == 'r:' and records[i] ~= 'r:' .. user then
                local rank = ranks[role_in(records[i + 1])]
                if rank == 3 then return false end
                has_others = has_others or rank > 0
            end
        end
        return has_others
    end

    -- Returns the code of a refusal; or nil and the change.
    local function judge_role(user, own, act, authority, is_new)
        local role, ends, whom = string.match(act, '^role 0%-0 (%a+) (%+?%d+) (.+)$')
        if not role or not ranks[role] then return 'no_right' end
        local field = 'r:' .. whom
        local change = {kind = 'role', field = field, role = role, ends = ends}
        local known = call('HGET', rules, field)
        if role ~= 'none' and not known and call('HLEN', rules) >= 5000 then return 'crowded' end
        local theirs = role_in(known)
        local is_operator = authority == 'operator'
        if authority == 'maker' then
            if room_kind == 'direct' then
                if role ~= 'member' then return 'no_right' end
                return theirs == 'member' and 'already_in' or nil, change
            end
            local is_free = is_new and call('EXISTS', rules) == 0 and role == 'owner' and whom == user
            return not is_free and 'room_taken' or nil, change
        end
        local id, uses, inviter = string.match(authority, '^invitation (%S+) (%d+) (%S+)$')
        if id then
            local is_valid = room_kind == 'private' and role == 'member' and whom == user and theirs ~= 'banned'
            if not is_valid or ranks[role_of(inviter)] < 2 then return 'no_right' end
            if theirs ~= 'none' then return 'already_in' end
            change.use, change.count = 'i:' .. id .. ' ' .. user, 'n:' .. id
            local count = tonumber(call('HGET', rules, change.count) or '0')
            if count >= tonumber(uses) or call('HEXISTS', rules, change.use) == 1 then return 'used_up' end
            return nil, change
        end
        if room_kind == 'direct' and not is_operator then return 'no_right' end
        if theirs == 'owner' and role ~= 'owner' and is_last_owner(whom) then return 'last_owner' end
        if own == 'owner' or is_operator then return nil, change end
        if whom == user and role == 'none' and ranks[own] > 0 then return nil, change end
        if own == 'moderator' and ranks[theirs] < 2 and ranks[role] < 2 then return nil, change end
        return 'no_right'
    end

    local function judge_speaking(user, own, act)
        local speak, slow = unpack(call('HMGET', rules, 'speak', 'slow'))
        local rank = ranks[own]
        if speak == 'members' and rank < 1 or speak == 'moderators' and rank < 2 then return 'silenced' end
        slow = tonumber(slow or '0') * 1000
        if act ~= '' or slow == 0 or rank > 1 then return nil, nil, slow end
        local last = tonumber(call('ZSCORE', spoke, user) or '0')
        if last + slow > clock() then return 'slowed', last + slow - clock() end
        return nil, nil, slow
    end

    -- Returns the code of a refusal and a wait; or nil, nil, the pause of slow mode, the change, and whether the user
    -- may delete the messages of others.
    local function judge_room(user, act, authority, is_new, has_rules)
        local kind = string.match(act, '^%a*')
        local wrong = wrong_type(rules, 'hash') or wrong_type(spoke, 'zset')
        if wrong then error(wrong) end
        if has_rules and not is_new and call('EXISTS', rules) == 0 then return 'rules_lost' end
        local own = role_of(user)
        if kind == 'role' then
            local refusal, change = judge_role(user, own, act, authority, is_new)
            return refusal, nil, 0, change
        end
        local is_operator = authority == 'operator'
        local moderates = is_operator or ranks[own] > 1
        if kind == 'policy' then
            if not is_operator and (room_kind == 'direct' or not moderates) then return 'no_right' end
            return nil, nil, 0, {kind = 'policy', field = string.match(act, '%a+$')}
        end
        if not is_operator then
            if is_private and ranks[own] == 0 then return 'no_room' end
            if own == 'banned' then return 'banned' end
        end
        if kind == 'delete' or kind == 'react' then return nil, nil, 0, nil, moderates end
        return judge_speaking(user, own, act)
    end

    -- The change as it stands in the log: with the time at which a role ends.
    local function settled(change, act)
        if change.kind ~= 'role' or string.sub(change.ends, 1, 1) ~= '+' then return act end
        local ends = digits_of(clock() + tonumber(string.sub(change.ends, 2)) * 1000)
        local before, after = string.match(act, '^(role 0%-0 %a+ )%+%d+( .+)$')
        change.ends = ends
        return before .. ends .. after
    end

    -- Returns the new version.
    local function change_rules(change, text)
        if change.kind == 'policy' then
            call('HSET', rules, change.field, text)
        elseif change.role == 'none' then
            call('HDEL', rules, change.field)
        else
            call('HSET', rules, change.field, change.role .. ' ' .. change.ends .. ' ' .. text)
        end
        if change.use then
            call('HSET', rules, change.use, 1)
            call('HINCRBY', rules, change.count, 1)
        end
        return call('HINCRBY', rules, 'version', 1)
    end

    local function note_speaker(user, slow)
        call('ZREMRANGEBYSCORE', spoke, '-inf', clock() - slow)
        call('ZADD', spoke, clock(), user)
        call('PEXPIRE', spoke, slow)
    end

    return {judge = judge_room, settled = settled, change = change_rules, note_speaker = note_speaker}
end
