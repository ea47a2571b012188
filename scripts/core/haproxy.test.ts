import { expect, test } from 'vitest'
import { parseServers, renderConfig } from './haproxy.ts'

// As HAProxy 3.0.11 answers `show servers state app; show stat app 4 -1`, columns that are not read left out.
const ANSWER = `1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state
3 app 1 app1 172.22.0.4 2 0
3 app 2 app2 172.22.0.5 2 8
3 app 3 app3 - 0 32
3 app 4 app4 - 0 40

# pxname,svname,scur,status,addr
app,app1,2,UP,172.22.0.4:8000
app,app2,1,DRAIN,172.22.0.5:8000
app,app3,0,MAINT (resolution),
app,app4,0,MAINT (resolution),
`

test('slots must be read with their member, drain and requests in flight', () => {
  expect(parseServers(ANSWER)).toEqual([
    { name: 'app1', address: '172.22.0.4', up: true, draining: false, inFlight: 2 },
    { name: 'app2', address: '172.22.0.5', up: false, draining: true, inFlight: 1 },
    { name: 'app3', address: '', up: false, draining: false, inFlight: 0 },
    { name: 'app4', address: '', up: false, draining: true, inFlight: 0 },
  ])
})

test('a configuration must be filled in', () => {
  expect(renderConfig(`server "a:\${APP_PORT}" "\${HEALTH_PATH}"`, { APP_PORT: '1', HEALTH_PATH: '/h' })).toBe(
    'server "a:1" "/h"',
  )
})
