-- ARGV: mark, worker, the time that it reckons (ms), after how many ms a silent worker is dead.
-- Returns the shared clock and the version of the keys.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
local now = math.max(tonumber(redis.call('GET', p .. 'steady') or '0'), tonumber(ARGV[3]))
redis.call('SET', p .. 'steady', string.format('%.0f', now))
redis.call('ZADD', p .. 'workers', now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', p .. 'workers', '-inf', now - tonumber(ARGV[4]))
return { string.format('%.0f', now), redis.call('GET', p .. 'version') or '0' }
