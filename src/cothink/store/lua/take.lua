-- ARGV: mark, worker, reckoned ms, meter, cap, least, want, is place, buckets in the window, ms after which a worker is dead.
-- Returns: amount, bucket, left, wait ms, shared clock.
local p = KEYS[1]
if redis.call('GET', p .. 'mark') ~= ARGV[1] then return 'lost' end
local worker, meter = ARGV[2], ARGV[4]
local cap, least, want, window = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[9])
local now = math.max(tonumber(redis.call('GET', p .. 'steady') or '0'), tonumber(ARGV[3]))
redis.call('SET', p .. 'steady', string.format('%.0f', now))
local bucket = math.floor(now / 1000)

local function pairs_of(name)
  local flat, rows = redis.call('HGETALL', name), {}
  for i = 1, #flat, 2 do rows[#rows + 1] = { flat[i], tonumber(flat[i + 1]) } end
  return rows
end

local function answer(amount, left, wait)
  return { string.format('%.0f', amount), string.format('%.0f', bucket), string.format('%.0f', left),
    string.format('%.0f', wait), string.format('%.0f', now) }
end

if ARGV[8] == '1' then
  local name, used = p .. 'places:' .. meter, 0
  redis.call('ZADD', p .. 'workers', now, worker)
  for _, row in ipairs(pairs_of(name)) do
    local beat = redis.call('ZSCORE', p .. 'workers', row[1])
    if not beat or tonumber(beat) <= now - tonumber(ARGV[10]) then
      redis.call('HDEL', name, row[1])
    else
      used = used + row[2]
    end
  end
  local left = math.max(0, cap - used)
  if left < least then return answer(0, left, 0) end
  local amount = math.min(want, left)
  redis.call('HINCRBY', name, worker, string.format('%.0f', amount))
  return answer(amount, left - amount, 0)
end

local name, used, live = p .. 'rate:' .. meter, 0, {}
for _, row in ipairs(pairs_of(name)) do
  local at = tonumber(row[1])
  if at <= bucket - window then
    redis.call('HDEL', name, row[1])
  else
    used = used + row[2]
    live[#live + 1] = { at, row[2] }
  end
end
local left = math.max(0, cap - used)
if left < least then
  table.sort(live, function(a, b) return a[1] < b[1] end)
  local missing = least - left
  for _, row in ipairs(live) do
    missing = missing - row[2]
    if missing <= 0 then return answer(0, left, (row[1] + window) * 1000 - now) end
  end
  return answer(0, left, 0)
end
local amount = math.min(want, left)
redis.call('HINCRBY', name, string.format('%.0f', bucket), string.format('%.0f', amount))
return answer(amount, left - amount, 0)
