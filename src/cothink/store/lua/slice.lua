-- ARGV: mark, worker, slice, least, want, which part of what is left is the most, then (pot, cap or '') again and again.
-- Returns what was added to the slice; where that is nothing, the pot that is too small, its cap, what is spent and held.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
local least, want, left = tonumber(ARGV[4]), tonumber(ARGV[5]), 2 ^ 53
local names = {}
for i = 7, #ARGV, 2 do
  names[#names + 1] = ARGV[i]
  if ARGV[i + 1] ~= '' then
    local name = p .. 'pot:' .. ARGV[i]
    local spent = redis.call('HGET', name, 'spent') or '0'
    local held = redis.call('HGET', name, 'held') or '0'
    local rest = tonumber(ARGV[i + 1]) - tonumber(spent) - tonumber(held)
    if rest < least then return { '0', ARGV[i], ARGV[i + 1], spent, held } end
    left = math.min(left, rest)
  end
end
local amount = string.format('%.0f', math.max(least, math.min(want, math.floor(left / tonumber(ARGV[6])))))
if amount == '0' then return { amount } end
for _, pot in ipairs(names) do redis.call('HINCRBY', p .. 'pot:' .. pot, 'held', amount) end
redis.call('HSET', p .. 'slices', ARGV[3], cjson.encode({ worker = ARGV[2], pots = names }))
redis.call('HINCRBY', p .. 'slices:held', ARGV[3], amount)
return { amount }
