-- Write a case: new (version 1), or the next version of one; 0 where another was quicker.
-- ARGV: id, tenant, state, at, version, json
local prefix = KEYS[1]
local id, tenant, state, at, version, json = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
local key = prefix .. 'case:' .. id
local held = redis.call('HMGET', key, 'version', 'state', 'tenant', 'at')
if version == 1 then
  if held[1] then return 0 end
else
  if not held[1] or tonumber(held[1]) ~= version - 1 then return 0 end
  tenant, at = held[3], held[4]
  redis.call('ZREM', prefix .. 'cases:' .. held[2], id)
  redis.call('ZREM', prefix .. 'cases:' .. held[2] .. ':' .. tenant, id)
end
redis.call('HSET', key, 'id', id, 'tenant', tenant, 'state', state, 'at', at, 'version', version, 'json', json)
redis.call('ZADD', prefix .. 'cases:' .. state, at, id)
redis.call('ZADD', prefix .. 'cases:' .. state .. ':' .. tenant, at, id)
return 1
