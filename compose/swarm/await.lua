-- Lets a request wait until a backend has a member, at most `ceiling` milliseconds: `http-request lua.await BACKEND CEILING`.
core.register_action("await", { "http-req" }, function(_, backend, ceiling)
  local waited = 0
  while waited < tonumber(ceiling) and core.backends[backend]:get_srv_act() == 0 do
    core.msleep(20)
    waited = waited + 20
  end
end, 2)
