-- Lets a request wait, a second at most, while another one of its kind is the first to learn how large its answer is (`txn.request`
-- in haproxy.cfg).
local MOST, CEILING = 1000, 1000
local firsts, count = {}, 0
local function now()
  local time = core.now()
  return time.sec * 1000 + time.usec // 1000
end
core.register_action("first", { "http-req" }, function(txn)
  local request, path = txn:get_var("txn.request"), txn:get_var("txn.path")
  local last = firsts[request]
  if not last or now() >= last then
    -- What nobody asks for again is forgotten, all of it at once.
    if count >= MOST then firsts, count = {}, 0 end
    firsts[request], count = now() + CEILING, count + 1
    return
  end
  while not (txn.c:in_table(request, "small") or txn.c:in_table(path, "large")) do
    -- What takes that long keeps a thread for long, whatever its size.
    if now() >= last then return txn:set_var("txn.large", true) end
    core.msleep(20)
  end
end)
