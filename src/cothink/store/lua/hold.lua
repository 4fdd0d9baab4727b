-- ARGV: mark, id, the hold as JSON, nano-dollars, then (pot, cap or '') again and again.
-- Returns nothing, or the pot that is too small with its cap, what is spent and what is held.
-- Sums are compared as doubles, which are exact up to nine million dollars; they are added as 64-bit integers.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
if redis.call('HEXISTS', p .. 'holds', ARGV[2]) == 1 then return false end
for i = 5, #ARGV, 2 do
  if ARGV[i + 1] ~= '' then
    local name = p .. 'pot:' .. ARGV[i]
    local spent = redis.call('HGET', name, 'spent') or '0'
    local held = redis.call('HGET', name, 'held') or '0'
    if tonumber(spent) + tonumber(held) + tonumber(ARGV[4]) > tonumber(ARGV[i + 1]) then
      return { ARGV[i], ARGV[i + 1], spent, held }
    end
  end
end
for i = 5, #ARGV, 2 do redis.call('HINCRBY', p .. 'pot:' .. ARGV[i], 'held', ARGV[4]) end
redis.call('HSET', p .. 'holds', ARGV[2], ARGV[3])
return false
