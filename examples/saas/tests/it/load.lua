-- Asks for rows of tenants at random, and looks into every body: it must hold the mark of the tenant
-- that was asked, and no other one. wrk runs this once in each of its threads, which have one
-- connection each, so that an answer belongs to the request before it.

local threads = {}

function setup(thread)
  thread:set("number", #threads + 1)
  table.insert(threads, thread)
end

function init(args)
  tenants = {}
  for line in io.lines(args[1]) do
    local slug, host, token = line:match("^(%S+) (%S+) (%S+)$")
    table.insert(tenants, { slug = slug, host = host, token = token })
  end
  math.randomseed(tonumber(args[2]) + number)
  count, right, refused, behind, wrong, first = 0, 0, 0, 0, 0, ""
end

function request()
  tenant = tenants[math.random(#tenants)]
  local headers = { ["Host"] = tenant.host, ["authorization"] = "Bearer " .. tenant.token }
  local kind = math.random(10)
  if kind == 1 then
    count = count + 1
    local mark = "mark-" .. tenant.slug .. "!"
    local email = tenant.slug .. "-" .. number .. "-" .. count .. "@example.com"
    local body = '{"name":"' .. mark .. '","email":"' .. email .. '"}'
    headers["content-type"] = "application/json"
    return wrk.format("POST", "/api/customers", headers, body)
  end
  local path = "/api/products"
  if kind == 2 then
    path = "/api/customers"
  end
  return wrk.format("GET", path, headers)
end

local function is_own(body)
  for slug in body:gmatch("mark%-([a-z0-9-]+)!") do
    if slug ~= tenant.slug then
      return false
    end
  end
  return true
end

function response(status, headers, body)
  if not is_own(body) then
    status = "a foreign row in " .. status
  elseif (status == 200 or status == 201) and body:find("mark-" .. tenant.slug .. "!", 1, true) then
    right = right + 1
    return
  elseif status == 403 and body:find('"code":"COR103"', 1, true) then
    refused = refused + 1
    return
  elseif status == 503 and (body:find('"code":"MIG107"', 1, true) or body:find('"code":"COR103"', 1, true)) then
    behind = behind + 1
    return
  end
  wrong = wrong + 1
  if first == "" then
    first = tenant.slug .. ": " .. status .. " " .. body:sub(1, 300)
  end
end

function done(summary, latency, requests)
  local sum = { right = 0, refused = 0, behind = 0, wrong = 0 }
  for _, thread in ipairs(threads) do
    for name, value in pairs(sum) do
      sum[name] = value + thread:get(name)
    end
    if thread:get("first") ~= "" then
      print("wrong: " .. thread:get("first"))
    end
  end
  print(string.format("outcome: %d right, %d refused, %d behind, %d wrong, %d errors, %.0f a second",
    sum.right, sum.refused, sum.behind, sum.wrong,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    summary.requests / (summary.duration / 1e6)))
end
