-- Sends the requests of a file, which NULs keep apart, one after the other, and then again.
-- Arguments: the file, and how many requests were sent from it before.
local requests, sent = {}, 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  for request in file:read("*a"):gmatch("[^%z]+") do
    requests[#requests + 1] = request
  end
  sent = tonumber(arguments[2])
end

function request()
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  local form = '\n{"requests":%d,"failed":%d,"seconds":%f,"p50":%f,"p99":%f}\n'
  local p50, p99 = latency:percentile(50) / 1e6, latency:percentile(99) / 1e6
  io.write(form:format(summary.requests, failed, summary.duration / 1e6, p50, p99))
end
