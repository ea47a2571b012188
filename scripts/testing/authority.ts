import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { toolkitImageName } from '../docker/io/toolkit-container.ts'
import { makeAuthority, makeCertificate } from './certificate.ts'
import { buildImage, labelsOf } from './image.ts'
import type { TestProject } from './test-project.ts'

const DOCKERFILE = `ARG BASE
FROM \${BASE}
RUN install="apt-get install -qy --no-install-recommends pebble"; export DEBIAN_FRONTEND=noninteractive \\
 && { $install || { apt-get update -q && $install; }; }
`
// A DNS provider that lego knows (httpreq), before the DNS server of the tests.
const PROVIDER = `require('node:http').createServer((request, response) => {
  let text = ''
  request.on('data', (piece) => (text += piece)).on('end', async () => {
    const { fqdn: host, value } = JSON.parse(text)
    const path = request.url === '/present' ? 'set-txt' : 'clear-txt'
    await fetch('http://127.0.0.1:8055/' + path, { method: 'POST', body: JSON.stringify({ host, value }) })
    response.end()
  })
}).listen(8056)`
const START =
  'node -e "$2" & pebble-challtestsrv -defaultIPv6 "" -defaultIPv4 "$1" -http01 "" -https01 "" -tlsalpn01 "" -doh "" & exec pebble -config "$0" -dnsserver 127.0.0.1:8053'

/** An ACME authority for tests, on a network where it reaches the names that it is asked for at `address`. */
export type TestAuthority = {
  readonly container: string
  readonly directory: string
  /** A file of the checkout with the certificate of its own server. */
  readonly server: string
  /** Reads the certificate that its certificates lead to. */
  readonly readRoot: () => Promise<string>
}

/** Starts pebble, whose certificates live that many seconds. */
export async function startAuthority(
  project: TestProject,
  { network, address, seconds }: { network: string; address: string; seconds: number },
): Promise<TestAuthority> {
  const folder = join(project.folder, '.cache/authority')
  mkdirSync(folder, { recursive: true })
  await makeAuthority(folder, 'ca')
  await makeCertificate(folder, 'ca', 'tls', 'subjectAltName=DNS:pebble.test,DNS:localhost')
  const pebble = {
    listenAddress: '0.0.0.0:14000',
    managementListenAddress: '0.0.0.0:15000',
    certificate: join(folder, 'tls.crt'),
    privateKey: join(folder, 'tls.key'),
    // Where the gate listens inside its container.
    httpPort: 8080,
    tlsPort: 8443,
    certificateValidityPeriod: seconds,
    // In seconds; otherwise a client is told to wait for 3, and then 5.
    retryAfter: { authz: 1, order: 1 },
  }
  writeFileSync(join(folder, 'pebble.json'), JSON.stringify({ pebble }))
  const image = await buildImage(project, 'pebble', DOCKERFILE, await toolkitImageName())
  const container = `${project.name}-pebble`
  const run = ['docker', 'run', '--detach', ...labelsOf(project), '--name', container, '--network', network] as const
  const own = ['--network-alias', 'pebble.test', '--env', 'PEBBLE_VA_NOSLEEP=1', '--volume', `${folder}:${folder}:ro`]
  await exec([...run, ...own, image, 'sh', '-c', START, join(folder, 'pebble.json'), address, PROVIDER], {
    quiet: true,
  })
  const root = [
    'docker',
    'exec',
    container,
    'curl',
    '--silent',
    '--insecure',
    'https://localhost:15000/roots/0',
  ] as const
  const readRoot = async () => (await tryExec(root, { quiet: true })).stdout
  if (!(await waitFor(async () => (await readRoot()) !== '', 20))) throw new Error('pebble does not answer')
  return {
    container,
    directory: 'https://pebble.test:14000/dir',
    server: '.cache/authority/ca.crt',
    readRoot,
  }
}
