"""What Redis does with the vault's secrets in one step each (Lua)."""

# KEYS: secret, index. ARGV: token, end or +inf, milliseconds left or 0, member.
PUT = """
redis.call('SET', KEYS[1], ARGV[1])
if ARGV[3] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
return 1
"""

# KEYS: secret, index. ARGV: end, milliseconds left, member, 1 where the end may only become later.
EXPIRE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local ends = redis.call('ZSCORE', KEYS[2], ARGV[3])
if ARGV[4] == '1' and ends and tonumber(ends) >= tonumber(ARGV[1]) then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[3])
return 1
"""

# KEYS: secret, index. ARGV: now, member. Nothing when it is over.
GET = """
local ends = redis.call('ZSCORE', KEYS[2], ARGV[2])
if not ends or tonumber(ends) <= tonumber(ARGV[1]) then return false end
return redis.call('GET', KEYS[1])
"""

# KEYS: secret. ARGV: the token that is to be there, the one to put in its place. Its time stays.
RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local left = redis.call('PTTL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[2])
if left > 0 then redis.call('PEXPIRE', KEYS[1], left) end
return 1
"""

# KEYS: index, mark, secrets. ARGV: a time or '', members. With a time, only those whose own is over by then go: one may
# have been put anew since. The mark stays until the append-only file was rewritten.
DROP = """
local dropped = 0
for i = 2, #ARGV do
    local ends = redis.call('ZSCORE', KEYS[1], ARGV[i])
    if ARGV[1] == '' or (ends and tonumber(ends) <= tonumber(ARGV[1])) then
        local gone = redis.call('ZREM', KEYS[1], ARGV[i]) + redis.call('DEL', KEYS[i + 1])
        if gone > 0 then dropped = dropped + 1 end
    end
end
if dropped > 0 then redis.call('SET', KEYS[2], 1) end
return dropped
"""

# KEYS: mark. ARGV: what it was before the rewrite. Whoever removes something meanwhile writes another one.
REWRITTEN = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""
