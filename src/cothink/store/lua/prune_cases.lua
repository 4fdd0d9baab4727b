-- Delete what is final or decided and older, at most so many at once; say how many went.
-- ARGV: before, most
local prefix, gone = KEYS[1], 0
for _, state in ipairs({'final', 'decided'}) do
  local all = prefix .. 'cases:' .. state
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', all, '-inf', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])) do
    local key = prefix .. 'case:' .. id
    local tenant = redis.call('HGET', key, 'tenant')
    redis.call('ZREM', all, id)
    if tenant then redis.call('ZREM', all .. ':' .. tenant, id) end
    redis.call('DEL', key)
    gone = gone + 1
  end
end
return gone
