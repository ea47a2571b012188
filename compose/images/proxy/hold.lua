-- Lets a request wait while a process variable is 1, at most `ceiling` milliseconds: `http-request lua.hold NAME CEILING`.
-- By the clock: on a busy host each pause is longer than it was asked to be.
local function now()
  local time = core.now()
  return time.sec * 1000 + time.usec // 1000
end
core.register_action("hold", { "http-req" }, function(txn, name, ceiling)
  local last = now() + tonumber(ceiling)
  while now() < last and txn:get_var(name) == 1 do
    core.msleep(5)
  end
end, 2)
