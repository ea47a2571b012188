import { expect, test } from 'vitest'
import { requireSafe } from './engine-context.ts'

const PEMS = ['ca.pem', 'cert.pem', 'key.pem']
const check = (Host: string, pems: readonly string[] = [], SkipTLSVerify = false) =>
  requireSafe(
    {
      Name: 'prod',
      Endpoints: { docker: { Host, SkipTLSVerify } },
      TLSMaterial: pems.length > 0 ? { docker: pems } : {},
    },
    'deploy',
  )

test.each([
  ['over SSH', 'ssh://root@prod.example.com', []],
  ['over TLS', 'tcp://prod.example.com:2376', PEMS],
  ['that verifies the other side alone', 'tcp://prod.example.com:2376', ['ca.pem']],
  ['that does not leave this host', 'tcp://127.0.0.1:2375', []],
  ['by the name of this host', 'tcp://localhost:2375', []],
  ['of this host in IPv6', 'tcp://[::1]:2375', []],
])('a context %s must be taken', (_, host, pems) => {
  expect(() => check(host, pems)).not.toThrow()
})

test.each([
  ['without TLS', 'tcp://prod.example.com:2375', [], false, 'reaches tcp://prod.example.com:2375 without TLS'],
  ['whose name begins like this host', 'tcp://127.0.0.1.example.com:2375', [], false, 'without TLS'],
  ['that verifies nobody', 'tcp://prod.example.com:2376', PEMS, true, 'does not verify who answers'],
  ['of this host', 'unix:///run/user/1000/docker.sock', [], false, 'is a socket of this host'],
])('a context %s must be refused', (_, host, pems, skip, says) => {
  expect(() => check(host, pems, skip)).toThrow(says)
})

test('what is refused must say the command that mends it', () => {
  expect(() => check('tcp://prod.example.com:2375')).toThrow(
    expect.objectContaining({ next: expect.stringContaining('docker context update prod --docker host=tcp://prod') }),
  )
  expect(() => check('unix:///run/user/1000/docker.sock')).toThrow(
    expect.objectContaining({ next: 'DOCKER_HOST=unix:///run/user/1000/docker.sock make deploy' }),
  )
})
