-- ARGV: mark, id, name, json, is admin, only if no admin key was ever written. Returns 1 where it was written.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
local id, name = ARGV[2], ARGV[3]
if ARGV[6] == '1' and redis.call('EXISTS', p .. 'had_admin') == 1 then return 0 end
local owner = redis.call('HGET', p .. 'names', name)
if owner and owner ~= id then return 0 end
local before = redis.call('HGET', p .. 'names:of', id)
if before then redis.call('HDEL', p .. 'names', before) end
redis.call('HSET', p .. 'names', name, id)
redis.call('HSET', p .. 'names:of', id, name)
redis.call('HSET', p .. 'keys', id, ARGV[4])
redis.call('ZADD', p .. 'keys:versions', redis.call('INCR', p .. 'version'), id)
if ARGV[5] == '1' then redis.call('SET', p .. 'had_admin', '1') end
return 1
