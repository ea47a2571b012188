import { expect, test } from 'vitest'
import { parseTraffic, parseWaiting } from './traffic.ts'

const STATS = `# pxname,svname,scur,qcur,req_tot,hrsp_5xx,econ,eresp,ttime,ttime_max
front,FRONTEND,9,,900,9,,,,
app-blue,app1,1,0,100,1,0,0,5,50
app-blue,BACKEND,1,0,100,1,1,0,5,50
app-green,BACKEND,2,3,200,0,0,2,12,90
api-blue,BACKEND,0,0,7,0,0,0,1,2

# table: times, type: string, size:10240, used:3
0x7f634e0b4010: key=app/12 use=0 exp=3599933 shard=0 gpc0=90 gpc0_rate(10000)=97
0x7f634df77810: key=app/340 use=0 exp=3599926 shard=0 gpc0=4 gpc0_rate(10000)=3
0x7f634df77811: key=app/9 use=0 exp=3599926 shard=0 gpc0=4 gpc0_rate(10000)=0
`

test('what the proxy has counted must be summed over both sets of each service', () => {
  expect(parseTraffic(STATS)).toEqual({
    app: { answers: 300, errors: 4, inFlight: 3, waiting: 3, p50: 12, p99: 340 },
    api: { answers: 7, errors: 0, inFlight: 0, waiting: 0 },
  })
  expect(parseTraffic('')).toEqual({})
})

test('requests wait that the proxy has and no set has had, without those that it has answered itself', () => {
  const rows = ['http,FRONTEND,100,5,2,1', 'app-blue,app1,40,,,', 'app-blue,BACKEND,40,,,', 'app-green,BACKEND,49,,,']
  expect(parseWaiting(`# pxname,svname,req_tot,intercepted,dreq,ereq\n${rows.join('\n')}`)).toBe(3)
})
