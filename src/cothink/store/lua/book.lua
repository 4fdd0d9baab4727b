-- ARGV: mark, worker, number, how many freed ids, the ids, how many kept ids, the ids, how many drawn slices,
-- id and nano-dollars of each, how many closed slices, the ids, then for each spending: its row as JSON, day, calls, prompt
-- tokens, completion tokens, nano-dollars, how many pots, the pots.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
if tonumber(redis.call('HGET', p .. 'batches', ARGV[2]) or '-1') >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', p .. 'batches', ARGV[2], ARGV[3])
local at = 4

local function next_arg()
  at = at + 1
  return ARGV[at - 1]
end

for _ = 1, tonumber(next_arg()) do
  local id = next_arg()
  local json = redis.call('HGET', p .. 'holds', id)
  if json then
    local hold = cjson.decode(json)
    for _, pot in ipairs(hold.pots) do redis.call('HINCRBY', p .. 'pot:' .. pot, 'held', '-' .. hold.nanousd) end
    redis.call('HDEL', p .. 'holds', id)
    redis.call('SREM', p .. 'kept', id)
  end
end
for _ = 1, tonumber(next_arg()) do
  local id = next_arg()
  if redis.call('HEXISTS', p .. 'holds', id) == 1 then redis.call('SADD', p .. 'kept', id) end
end
local function shrink(id, amount)
  local held = redis.call('HGET', p .. 'slices:held', id)
  if not held then return end
  if not amount or tonumber(amount) >= tonumber(held) then
    amount = held
  end
  for _, pot in ipairs(cjson.decode(redis.call('HGET', p .. 'slices', id)).pots) do
    redis.call('HINCRBY', p .. 'pot:' .. pot, 'held', '-' .. amount)
  end
  if amount == held then
    redis.call('HDEL', p .. 'slices', id)
    redis.call('HDEL', p .. 'slices:held', id)
  else
    redis.call('HINCRBY', p .. 'slices:held', id, '-' .. amount)
  end
end

for _ = 1, tonumber(next_arg()) do
  local id = next_arg()
  shrink(id, next_arg())
end
for _ = 1, tonumber(next_arg()) do shrink(next_arg()) end
while at <= #ARGV do
  local row, day = next_arg(), next_arg()
  local name = p .. 'spend:' .. day
  redis.call('SADD', p .. 'days', day)
  redis.call('HINCRBY', name, row .. 'calls', next_arg())
  redis.call('HINCRBY', name, row .. 'prompt_tokens', next_arg())
  redis.call('HINCRBY', name, row .. 'completion_tokens', next_arg())
  local nanousd = next_arg()
  redis.call('HINCRBY', name, row .. 'nanousd', nanousd)
  for _ = 1, tonumber(next_arg()) do redis.call('HINCRBY', p .. 'pot:' .. next_arg(), 'spent', nanousd) end
end
return 1
