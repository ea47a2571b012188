-- Lets a request wait while a process variable is 1, at most `ceiling` milliseconds: `http-request lua.hold NAME CEILING`.
core.register_action("hold", { "http-req" }, function(txn, name, ceiling)
  local waited = 0
  while waited < tonumber(ceiling) and txn:get_var(name) == 1 do
    core.msleep(5)
    waited = waited + 5
  end
end, 2)
