-- The rules of a room, and who may do what: docs/protocol.md, section 13. RoomRules.swift has the same, in memory. Part
-- of publish.lua, which describes KEYS and ARGV; loaded only for rooms that have rules, or are to get some.
--
-- A hash: 'version', 'speak', 'slow', 'title', 'topic'; for each role 'r:<user>' with '<role> <end> <name>'; for each
-- invitation 'i:<id>' with its end and who has used it; in 'size' the number of these two. Of banned guests also the
-- addresses (ban_address.lua): 'a:<address>' with the guest, 'b:<guest>' with the addresses, their number in 'addresses'.
local function load_rules(wrong_type, digits_of, clock)
    local rules, spoke, room_kind = KEYS[4], KEYS[5], ARGV[10]
    local most_size = 2000
    local call = redis.call
    local ranks = {none = 0, banned = 0, member = 1, moderator = 2, owner = 3}

    local function field(name) return call('HMGET', rules, name)[1] end
    local function role_in(record)
        local role, ends = string.match(record or '', '^(%a+) (%d+)')
        return role and ranks[role] and (ends == '0' or tonumber(ends) > clock()) and role or 'none'
    end
    local function role_of(user) return role_in(field('r:' .. user)) end

    -- For as long as the guest is banned.
    local function is_banned_from(address)
        local guest = address and field('a:' .. address)
        return guest and role_of(guest) == 'banned'
    end

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

    -- Whether there is no place for one more, not even if what has ended goes.
    local function is_crowded()
        local size = tonumber(field('size') or '0')
        if size < most_size then return false end
        local records = call('HGETALL', rules)
        size = 0
        for i = 1, #records, 2 do
            local name, value = records[i], records[i + 1]
            local kind = string.sub(name, 1, 2)
            local ends = string.match(value, kind == 'r:' and '^%a+ (%d+)' or '^(%d+)')
            ends = (kind == 'r:' or kind == 'i:') and ends
            if ends and ends ~= '0' and tonumber(ends) <= clock() then
                call('HDEL', rules, name)
            elseif ends then
                size = size + 1
            end
        end
        call('HSET', rules, 'size', size)
        return size >= most_size
    end

    -- Returns the code of a refusal; or nil and the change.
    local function judge_role(user, own, act, authority, is_new)
        local role, ends, whom = string.match(act, '^role 0%-0 (%a+) (%+?%d+) (.+)$')
        if not role or not ranks[role] then return 'no_right' end
        local known = field('r:' .. whom)
        local theirs, theirs_ends = role_in(known), string.match(known or '', '^%a+ (%d+)')
        local change = {kind = 'role', whom = whom, role = role, ends = ends, is_known = known}
        local link, uses, link_ends, inviter = string.match(authority, '^invitation (%S+) (%d+) (%d+) (%S+)$')
        if authority == 'maker' then
            if room_kind == 'direct' then
                -- By an operator: nobody else bans in a direct room.
                if theirs == 'banned' then return 'no_room' end
                if role ~= 'member' then return 'no_right' end
            elseif not is_new or call('EXISTS', rules) == 1 or role ~= 'owner' or whom ~= user then
                return 'room_taken'
            end
        elseif link then
            local is_valid = room_kind == 'private' and role == 'member' and whom == user and theirs ~= 'banned'
            if not is_valid or ranks[role_of(inviter)] < 2 then return 'no_right' end
            if theirs ~= 'none' then return 'already_in' end
            change.link, change.link_ends, change.users = 'i:' .. link, link_ends, field('i:' .. link)
            local count, has_used = 0, false
            for used in string.gmatch(change.users or '', ' (%S+)') do
                count, has_used = count + 1, has_used or used == user
            end
            if has_used or count >= tonumber(uses) then return 'used_up' end
        elseif authority ~= 'operator' then
            if room_kind ~= 'open' and ranks[own] == 0 then return 'no_room' end
            local gives_up = whom == user and role == 'none' and ranks[own] > 0
            local is_below = own == 'moderator' and ranks[theirs] < 2 and ranks[role] < 2
            if not gives_up and (room_kind == 'direct' or own ~= 'owner' and not is_below) then return 'no_right' end
        end
        if role == 'none' and not known or theirs == role and ends == '0' and theirs_ends == '0' then
            return 'already_in'
        end
        local loses = theirs == 'owner' and (role ~= 'owner' or ends ~= '0')
        if loses and is_last_owner(whom) then return 'last_owner' end
        if (role ~= 'none' and not known or change.link and not change.users) and is_crowded() then return 'crowded' end
        return nil, change
    end

    local function judge_speaking(user, own, act)
        local speak, slow = unpack(call('HMGET', rules, 'speak', 'slow'))
        local rank = ranks[own]
        if speak == 'members' and rank < 1 or speak == 'moderators' and rank < 2 then return 'silenced' end
        slow = tonumber(slow or '0') * 1000
        if act ~= '' or slow == 0 or rank > 1 then return nil end
        local last = tonumber(call('HMGET', spoke, user)[1] or '0')
        if last + slow > clock() then return 'slowed', last + slow - clock() end
        return nil, nil, slow
    end

    -- Returns the code of a refusal and a wait; or nil, nil, the pause of slow mode that begins, the change, and
    -- whether the user may delete the messages of others.
    local function judge_room(user, act, authority, is_new, has_rules, address)
        local kind = string.match(act, '^%a*')
        local wrong = wrong_type(rules, 'hash') or wrong_type(spoke, 'hash')
        if wrong then error(wrong) end
        if has_rules and not is_new and call('EXISTS', rules) == 0 then return 'rules_lost' end
        local own = role_of(user)
        -- Nobody without a role enters from where a guest is banned.
        local is_kept_out = own == 'none' and is_banned_from(address)
        if kind == 'role' then
            if is_kept_out then return 'no_right' end
            local refusal, change = judge_role(user, own, act, authority, is_new)
            return refusal, nil, nil, change
        end
        local is_operator = authority == 'operator'
        if not is_operator then
            if room_kind ~= 'open' and ranks[own] == 0 then return 'no_room' end
            if own == 'banned' or is_kept_out then return 'banned' end
        end
        local moderates = is_operator or ranks[own] > 1
        if kind == 'policy' then
            if not is_operator and (room_kind == 'direct' or not moderates) then return 'no_right' end
            return nil, nil, nil, {kind = 'policy', field = string.match(act, '%a+$')}
        end
        if kind == 'delete' or kind == 'react' then return nil, nil, nil, nil, moderates end
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

    -- The next ban does not bring back the addresses of the last one.
    local function forget_addresses(guest)
        local addresses, count = unpack(call('HMGET', rules, 'b:' .. guest, 'addresses'))
        if not addresses then return end
        count = tonumber(count or '0')
        for address in string.gmatch(addresses, '%S+') do
            if field('a:' .. address) == guest then count = count - call('HDEL', rules, 'a:' .. address) end
        end
        call('HDEL', rules, 'b:' .. guest)
        call('HSET', rules, 'addresses', math.max(0, count))
    end

    -- Returns the new version.
    local function change_rules(change, text)
        local version, size = unpack(call('HMGET', rules, 'version', 'size'))
        version, size = digits_of(tonumber(version or '0') + 1), tonumber(size or '0')
        if change.kind == 'policy' then
            call('HSET', rules, 'version', version, change.field, text)
            return version
        end
        local name = 'r:' .. change.whom
        if change.role ~= 'banned' or role_in(change.is_known) ~= 'banned' then forget_addresses(change.whom) end
        if change.role == 'none' then
            call('HSET', rules, 'version', version, 'size', math.max(0, size - 1))
            call('HDEL', rules, name)
            return version
        end
        if not change.is_known then size = size + 1 end
        local values = {'version', version, name, change.role .. ' ' .. change.ends .. ' ' .. text}
        if change.link then
            if not change.users then size = size + 1 end
            values[5], values[6] = change.link, (change.users or change.link_ends) .. ' ' .. change.whom
        end
        call('HSET', rules, 'size', size, unpack(values))
        return version
    end

    local function note_speaker(user, slow)
        call('HSET', spoke, user, digits_of(clock()))
        call('EXPIRE', spoke, math.ceil(slow / 1000))
    end

    return {judge = judge_room, settled = settled, change = change_rules, note_speaker = note_speaker}
end
