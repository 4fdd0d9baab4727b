-- ARGV: mark, since. Returns the version, then the changed keys, then the changed teams.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
local function changed(kind)
  local ids = redis.call('ZRANGEBYSCORE', p .. kind .. ':versions', '(' .. ARGV[2], '+inf')
  local found = {}
  for i = 1, #ids do found[i] = redis.call('HGET', p .. kind, ids[i]) end
  return found
end
return { redis.call('GET', p .. 'version') or '0', changed('keys'), changed('teams') }
