-- ARGV: mark, worker, then (meter, amount, bucket, is place) again and again.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
for i = 3, #ARGV, 4 do
  if ARGV[i + 3] == '1' then
    local name = p .. 'places:' .. ARGV[i]
    if redis.call('HEXISTS', name, ARGV[2]) == 1 then redis.call('HSET', name, ARGV[2], ARGV[i + 1]) end
  else
    local name, field = p .. 'rate:' .. ARGV[i], ARGV[i + 2]
    local have = tonumber(redis.call('HGET', name, field) or '0')
    local rest = have - tonumber(ARGV[i + 1])
    if rest > 0 and have > 0 then
      redis.call('HSET', name, field, string.format('%.0f', rest))
    else
      redis.call('HDEL', name, field)
    end
  end
end
return 1
