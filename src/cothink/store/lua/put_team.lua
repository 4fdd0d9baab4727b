-- ARGV: mark, name, json.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
redis.call('HSET', p .. 'teams', ARGV[2], ARGV[3])
redis.call('ZADD', p .. 'teams:versions', redis.call('INCR', p .. 'version'), ARGV[2])
return 1
