-- `filter lua.body MOST`: a body may not grow beyond MOST bytes, and after ten seconds not be slower than 1 kB a second.
local GRACE, RATE = 10, 1000
local Body = { id = "body", flags = filter.FLT_CFG_FL_HTX }
Body.__index = Body

function Body:new()
  return setmetatable({ seen = 0, began = core.now().sec }, Body)
end

function Body:start_analyze(_, channel)
  if not channel:is_resp() then filter.register_data_filter(self, channel) end
end

function Body:http_payload(txn, message)
  self.seen = self.seen + message:input()
  local taken = core.now().sec - self.began
  local status = self.seen > Body.most and 413 or taken > GRACE and self.seen < RATE * taken and 408
  if not status then return end
  txn:done(txn:reply({ status = status }))
  return filter.ERROR
end

core.register_filter("body", Body, function(class, arguments)
  Body.most = tonumber(arguments[1])
  return class
end)
