-- ARGV: mark, worker, the time that it reckons (ms), after how many ms a silent worker is dead.
-- The slices of dead workers are freed. Returns the shared clock and the version of the keys.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
local now = math.max(tonumber(redis.call('GET', p .. 'steady') or '0'), tonumber(ARGV[3]))
redis.call('SET', p .. 'steady', string.format('%.0f', now))
redis.call('ZADD', p .. 'workers', now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', p .. 'workers', '-inf', now - tonumber(ARGV[4]))
local slices = redis.call('HGETALL', p .. 'slices')
for i = 1, #slices, 2 do
  local slice = cjson.decode(slices[i + 1])
  if not redis.call('ZSCORE', p .. 'workers', slice.worker) then
    local held = redis.call('HGET', p .. 'slices:held', slices[i]) or '0'
    for _, pot in ipairs(slice.pots) do redis.call('HINCRBY', p .. 'pot:' .. pot, 'held', '-' .. held) end
    redis.call('HDEL', p .. 'slices', slices[i])
    redis.call('HDEL', p .. 'slices:held', slices[i])
  end
end
return { string.format('%.0f', now), redis.call('GET', p .. 'version') or '0' }
