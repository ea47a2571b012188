import { expect, test } from 'vitest'
import { listContainers } from '../docker/io/engine.ts'
import { TestProject } from '../testing/test-project.ts'
import { edit, settle } from './strangers.ts'

// One project of all the shapes that went wrong with strangers: code that is mounted, a database under another name, a web server
// that serves files, several builds, a stage that nobody here can build, a job, a service called as the application is in a release, and
// a Compose file below the top.
test('a bazaar of services must be one release, with its code, its data and the way back', async () => {
  await using project = await TestProject.create({ own: true })
  settle(project, 'bazaar', 'market/bazaar')
  await project.git('add', '--all')
  await project.git('commit', '--quiet', '--message', 'Bring a bazaar')
  const { stdout } = await project.must('adopt', { APP_DIR: 'market', WRITE: '1', JSON: '1' })
  const { findings } = JSON.parse(stdout) as {
    findings: { check: string; verdict: string; found: string; where?: string }[]
  }
  expect(findings.filter(({ verdict }) => verdict === 'missing')).toEqual([])
  const said = findings.map(({ check, found, where }) => `${check}: ${found} (${where})`).join('\n')
  expect(said).toMatch(/app: the mount of \S+application over \/srv\/application is left out: it is code/)
  expect(said).toMatch(/store: redis \(its image and command\)/)
  expect(said).toMatch(/try_files \(\S+front\/site:6\)/)
  expect(said).toMatch(/with a profile: debug/)

  const ask = async (path: string, init?: RequestInit) => await (await fetch(project.url + path, init)).text()
  const ship = async (version: string, targets: string) => {
    await project.commit(version)
    await project.must(targets, { DEPLOY_SNAPSHOT: '1', FORCE: 'untested' })
  }
  await ship('1.1.0', 'build test tag deploy')
  expect(await ask('/')).toContain('<h1>Bazaar</h1>')
  expect(await ask('/api/hello')).toBe('Bonjour from version one\n')
  const states = Object.fromEntries(
    (await listContainers(project.name)).map(({ service, status }) => [service, status]),
  )
  expect(states).toMatchObject({ migrate: 'exited', worker: 'running', 'app-service': 'running' })
  for (const stall of ['figs', 'salt']) await ask('/api/stalls', { method: 'POST', body: stall })
  for (const hits of [1, 2, 3]) expect(await ask('/api/hits')).toBe(`${hits}\n`)

  // nginx finds the new one only when it starts, and answers 502 as long as that does not listen.
  edit(project, 'market/bazaar/web/application/server.js', (text) =>
    text
      .replace('version one', 'version two')
      .replace('createServer(async', 'const server = createServer(async')
      .replace('}).listen(3000)', '})\nsetTimeout(() => server.listen(3000), 2000)'),
  )
  const asked: number[] = []
  let isOver = false
  const asking = (async () => {
    while (!isOver) asked.push((await fetch(`${project.url}/api/hello`)).status)
  })()
  await ship('1.2.0', 'build tag deploy')
  isOver = true
  await asking
  expect(asked.length).toBeGreaterThan(10)
  expect(asked.filter((status) => status !== 200)).toEqual([])
  expect(await ask('/api/hello'), 'no mount hides the new code').toBe('Bonjour from version two\n')
  expect(await ask('/api/stalls')).toBe('cloth\nfigs\nsalt\n')
  expect(await ask('/api/hits'), 'a database that saves nothing has its data in the snapshot, and in its volume').toBe(
    '4\n',
  )

  edit(project, 'market/bazaar/front/site', (text) => text.replace('try_files $uri $uri/ =404', 'return 500'))
  edit(project, 'market/bazaar/web/application/server.js', (text) => text.replace('version two', 'version three'))
  await project.commit('1.3.0')
  await project.must('build tag', { FORCE: 'untested' })
  expect((await project.make('deploy', { READY_TIMEOUT: '5' })).stderr).toContain('rolled back: 1.3.0')
  expect(await ask('/api/hello'), 'the way back leads to the service that is there now').toBe(
    'Bonjour from version two\n',
  )

  await ask('/api/stalls', { method: 'POST', body: 'silk' })
  await project.must('rollback', { VERSION: '1.1.0' })
  expect(await ask('/api/hello')).toBe('Bonjour from version one\n')
  expect(await ask('/api/stalls')).toBe('cloth\nfigs\nsalt\nsilk\n')
  expect(await ask('/api/hits')).toBe('5\n')
  await project.must('restore')
  expect(await ask('/api/stalls'), 'as it was before the second version').toBe('cloth\nfigs\nsalt\n')
  expect(await ask('/api/hits')).toBe('4\n')
})
