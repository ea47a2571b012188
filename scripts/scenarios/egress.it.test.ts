import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { APP } from '../docker/compose-model.ts'
import { TEST_LABEL } from '../docker/labels.ts'
import { observe } from '../rollout/io/observe.ts'
import { testRun } from '../state/io/lock.ts'
import { proving } from '../testing/proof.ts'
import { makeNetwork } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// Prints which of its arguments (host:port) take a connection.
const PROBE = `
import concurrent.futures, socket, sys
def reach(address):
    try:
        socket.create_connection(address.split(":"), 2).close()
        print(address + "\\n", end="")
    except OSError:
        pass
with concurrent.futures.ThreadPoolExecutor(20) as pool:
    list(pool.map(reach, sys.argv[1:]))
`
let project: TestProject
const docker = async (...args: string[]) => (await exec(['docker', ...args], { quiet: true })).stdout.trim()

beforeAll(async () => {
  project = await TestProject.create()
  await project.must('build tag', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

async function application() {
  const app = (await observe(project.name)).containers.find(({ service }) => service === APP)
  if (!app) throw new Error('no application runs')
  return app
}

/** A server on the host, and one in a container of another network, by the ways that lead there. */
async function startOthers() {
  const server = createServer((socket) => void socket.end()).listen(0, '0.0.0.0')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const onHost = (server.address() as { port: number }).port
  await makeNetwork(project)
  const { image } = await application()
  const place = ['--label', `${TEST_LABEL}=${testRun()}`, '--network', `${project.name}-engines`, '--publish', '8000']
  const other = await docker('run', '--detach', '--rm', ...place, '--entrypoint', 'python', image, '-m', 'http.server')
  onTestFinished(async () => void (await docker('rm', '--force', '--volumes', other)))
  const address = await docker('inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', other)
  const published = (await docker('port', other, '8000')).match(/^0\.0\.0\.0:(\d+)$/m)?.[1]
  const gatewayOf = (network: string) =>
    docker('network', 'inspect', '--format', '{{range .IPAM.Config}}{{.Gateway}}{{end}}', network)
  const bridge = await gatewayOf('bridge')
  return async () => {
    const { id, networks } = await application()
    const gateways = await Promise.all(Object.keys(networks).map(gatewayOf))
    const hosts = [bridge, ...gateways].flatMap((host) => [`${host}:${onHost}`, `${host}:${published}`])
    const open = await docker('exec', id, 'python', '-c', PROBE, `${address}:8000`, ...hosts)
    return {
      open: open.split('\n').filter(Boolean),
      onHost: `${bridge}:${onHost}`,
      published: `${bridge}:${published}`,
    }
  }
}

test('the application must reach neither the host nor another network, until it is let out', async () => {
  await project.must('deploy')
  const reach = await startOthers()
  expect((await reach()).open).toEqual([])
  expect((await project.must('plan')).stderr).not.toContain('reaches what its host reaches')

  await project.must('deploy', { APP_INTERNAL: 'false' })
  const { open, onHost, published } = await reach()
  expect(open).toEqual(expect.arrayContaining([onHost, published]))
  expect((await project.must('plan', { APP_INTERNAL: 'false' })).stderr).toContain('reaches what its host reaches')

  if (!proving) return
  await project.must('deploy')
  expect((await reach()).open).toEqual([])
  expect((await fetch(`${project.url}/healthz`)).status).toBe(200)
})
