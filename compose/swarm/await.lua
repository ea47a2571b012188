-- Lets a request wait until a backend has a member, at most `ceiling` milliseconds: `http-request lua.await BACKEND CEILING`.
-- By the clock: on a busy host each pause is longer than it was asked to be.
local function now()
  local time = core.now()
  return time.sec * 1000 + time.usec // 1000
end
core.register_action("await", { "http-req" }, function(_, backend, ceiling)
  local last = now() + tonumber(ceiling)
  while now() < last and core.backends[backend]:get_srv_act() == 0 do
    core.msleep(20)
  end
end, 2)

-- Each argument is a service, and how many long bodies one of its members takes at a time: `app=16`. The number of members is not in
-- the configuration, so a service can grow and no proxy has to start anew.
local services = {}
for _, argument in ipairs({ ... }) do
  local name, each = argument:match("^(.+)=(%d+)$")
  services[name] = tonumber(each)
end
local function members(name)
  return core.backends[name .. "-blue"]:get_srv_act()
end
core.register_task(function()
  while true do
    for name, each in pairs(services) do
      local bodies = core.backends[name .. "-bodies"]
      if bodies then bodies.servers.lane:set_maxconn(each * math.max(1, members(name))) end
    end
    core.msleep(500)
  end
end)

-- Says how many members this proxy knows and finds healthy, a line for each service.
core.register_service("members", "http", function(applet)
  local lines = {}
  for name in pairs(services) do lines[#lines + 1] = name .. " " .. members(name) .. "\n" end
  local said = table.concat(lines)
  applet:set_status(200)
  applet:add_header("content-length", #said)
  applet:start_response()
  applet:send(said)
end)
