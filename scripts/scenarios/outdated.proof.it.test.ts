import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { waitFor } from '../cli/io/wait.ts'
import { PROJECT_LABEL } from '../docker/labels.ts'
import { renderLock } from '../image/image-lock.ts'
import { LOCK_FILE, lockedImage } from '../image/io/images.ts'
import { labelsOf } from '../testing/image.ts'
import { TestProject } from '../testing/test-project.ts'

const REQUIREMENTS = 'flask==3.1.1  # pinned\ngunicorn==23.0.0\nalembic>=1.13\nunheard-of==1.0\n'
type Row = { kind: string; name: string; locked: string; update: string; latest: string; state: string }
let project: TestProject
let reference: string
let upstreams: Record<string, string>

/** An index of Python packages and a registry of npm's, in which two packages have moved: what `upstreams` point at. */
const server = createServer((request, response) => {
  const path = decodeURIComponent(request.url ?? '')
  const python: Record<string, string[]> = {
    flask: ['3.1.1', '3.1.10', '3.1.9', '4.0.0', '3.2.0rc1'],
    gunicorn: ['23.0.0'],
  }
  const asked = /^\/simple\/([^/]+)\/$/.exec(path)?.[1] ?? ''
  const files = python[asked]?.map((version) => `${asked}-${version}.tar.gz`)
  if (files) {
    response.setHeader('content-type', 'text/html')
    return response.end(files.map((file) => `<a href="/${file}">${file}</a>`).join('\n'))
  }
  const name = path.slice('/npm/'.length)
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(project.folder, 'package.json'), 'utf8'),
  ) as never
  const own = { ...(dependencies as object), ...(devDependencies as object) } as Record<string, string>
  const current = own[name]
  if (current === undefined) return response.writeHead(404).end('{}')
  const versions = name === 'valibot' ? [current, '1.99.0', '2.0.0'] : [current]
  const manifest = (version: string) => ({
    name,
    version,
    dist: { tarball: `http://127.0.0.1/${version}.tgz`, shasum: 'a'.repeat(40) },
  })
  const document = {
    name,
    'dist-tags': { latest: versions.at(-1) },
    versions: Object.fromEntries(versions.map((v) => [v, manifest(v)])),
  }
  return response.end(JSON.stringify(document))
})

/** Publishes an image of one file under the reference, and gives its digest. */
async function publish(text: string): Promise<string> {
  project.write('.cache/image/file', text)
  const tar = join(project.folder, '.cache/image.tar')
  await exec(['tar', '-cf', tar, '-C', join(project.folder, '.cache/image'), '.'], { quiet: true })
  await exec(['docker', 'import', '--change', `LABEL ${PROJECT_LABEL}=${project.name}`, tar, reference], {
    quiet: true,
  })
  const { stdout } = await exec(['docker', 'push', reference], { quiet: true })
  // Only the registry is to know it.
  await exec(['docker', 'image', 'rm', reference], { quiet: true })
  return /digest: (sha256:\w+)/.exec(stdout)?.[1] ?? ''
}

async function outdated(env: Record<string, string> = {}) {
  const { stdout } = await project.must('outdated', { JSON: '1', ...upstreams, ...env })
  const { outcome, rows } = JSON.parse(stdout) as { outcome: string; rows: Row[] }
  return { outcome, rows: new Map(rows.map((row) => [row.name, row])) }
}
const read = (file: string) => readFileSync(join(project.folder, file), 'utf8')
const lock = () => JSON.parse(read(LOCK_FILE)) as Record<string, { reference: string; id: string }>

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  reference = `127.0.0.1:${project.port}/x:1`
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  upstreams = { PIP_INDEX_URL: `${upstream}/simple/`, NPM_CONFIG_REGISTRY: `${upstream}/npm/` }
  const publish = ['--publish', `127.0.0.1:${project.port}:5000`]
  await exec(['docker', 'run', '--detach', ...labelsOf(project), ...publish, lockedImage('registry').reference], {
    quiet: true,
  })
  const answers = () =>
    fetch(`http://127.0.0.1:${project.port}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    )
  expect(await waitFor(answers, 60)).toBe(true)
  project.write('sample-app/requirements.txt', REQUIREMENTS)
  project.write('sample-app/requirements-test.txt', '-r requirements.txt\n')
})
afterAll(async () => {
  server.close()
  await project[Symbol.asyncDispose]()
})

test('outdated must show what has moved, and UPDATE=1 must update the locks and nothing else', async () => {
  const first = await publish('one')
  await exec(['docker', 'pull', '--quiet', reference], { quiet: true })
  const format = '{{index .RepoDigests 0}} {{.Id}}'
  const inspected = await exec(['docker', 'image', 'inspect', '--format', format, reference], { quiet: true })
  const [locked = '', id = ''] = inspected.stdout.trim().split(' ')
  const python = lockedImage('python')
  project.write(
    LOCK_FILE,
    renderLock({ x: { upstream: reference, source: 'registry', reference: locked, id }, python }),
  )
  await project.commit('1.1.0')
  expect((await outdated()).rows.get('x')).toMatchObject({ state: 'up to date', locked: first, latest: first })

  const second = await publish('two')
  const before = read('package.json')
  const installed = read('node_modules/.package-lock.json')
  const { outcome, rows } = await outdated()
  expect(outcome).toBe('outdated')
  expect(rows.get('x')).toMatchObject({ state: 'moved', locked: first, update: second, latest: second })
  expect(rows.get('python')).toMatchObject({ state: 'stand-in' })
  expect(rows.get('flask')).toMatchObject({ locked: '3.1.1', update: '3.1.10', latest: '4.0.0' })
  expect(rows.get('gunicorn')).toMatchObject({ state: 'up to date' })
  expect(rows.get('alembic')).toMatchObject({ state: 'left alone' })
  expect(rows.get('unheard-of')).toMatchObject({ state: 'no answer' })
  expect(rows.get('valibot')).toMatchObject({ update: '1.99.0', latest: '2.0.0' })
  expect([...rows.values()].filter(({ kind }) => kind === 'npm')).toHaveLength(1)
  expect(await project.git('status', '--porcelain')).toBe('')

  const { stdout } = await project.must('outdated', { UPDATE: '1', ...upstreams })
  expect(stdout).toContain(`updated: x ${first.slice(7, 19)} → ${second.slice(7, 19)} in ${LOCK_FILE}`)
  expect(stdout).toContain('next: make setup build test')
  expect(lock()['x']?.reference).toBe(`127.0.0.1:${project.port}/x@${second}`)
  expect(lock()['x']?.id).not.toBe(id)
  const there = await exec(['docker', 'image', 'inspect', '--format', '{{.Id}}', lock()['x']?.reference ?? ''], {
    quiet: true,
  })
  expect(there.stdout.trim()).toBe(lock()['x']?.id)
  expect(read('sample-app/requirements.txt')).toBe(REQUIREMENTS.replace('3.1.1 ', '3.1.10 '))
  expect(read('package.json')).toBe(before.replace(/("valibot": ")[^"]+/, '$11.99.0'))
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> }
  expect(packages['node_modules/valibot']?.version).toBe('1.99.0')
  // What is installed is still the old one, and setup sees that it is.
  expect(read('node_modules/.package-lock.json')).toBe(installed)
  expect(readFileSync('node_modules/.package-lock.json', 'utf8')).toBe(installed)
  expect(read('node_modules/.installed-lock.json')).not.toBe(read('package-lock.json'))
  const changed = ['package-lock.json', 'package.json', 'sample-app/requirements.txt']
  expect((await project.git('diff', '--name-only')).split('\n')).toEqual(changed)
  expect((await outdated()).rows.get('x')).toMatchObject({ state: 'up to date', locked: second })
})

test('files with changes that no commit holds must be left alone', async () => {
  project.write('sample-app/requirements.txt', REQUIREMENTS)
  await project.git('checkout', '--quiet', '--', 'package.json', 'package-lock.json')
  await project.git('commit', '--quiet', '--all', '--allow-empty', '--message', 'As before')
  project.write('sample-app/requirements.txt', `${REQUIREMENTS}mine==1.0\n`)
  const refused = await project.make('outdated', { UPDATE: '1', ...upstreams })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('M sample-app/requirements.txt')
  expect(read('sample-app/requirements.txt')).toBe(`${REQUIREMENTS}mine==1.0\n`)
  expect(await project.git('diff', '--name-only')).toBe('sample-app/requirements.txt')
})

test('where no registry answers, each row must say so, and the locks must stay', async () => {
  const before = read(LOCK_FILE)
  project.write(LOCK_FILE, before.replaceAll(`127.0.0.1:${project.port}`, '127.0.0.1:9'))
  const env = { PIP_INDEX_URL: 'http://127.0.0.1:9/', NPM_CONFIG_REGISTRY: 'http://127.0.0.1:9/' }
  const { outcome, rows } = await outdated({ ...env, UPDATE: '1' })
  expect(outcome).toBe('unknown')
  for (const name of ['x', '(all)', 'flask']) expect(rows.get(name)).toMatchObject({ state: 'no answer', update: '' })
  expect((await project.must('outdated', env)).stdout).toMatch(/^image +x .*no answer: .*127\.0\.0\.1:9/m)
})

const WHEEL = `
import sys, zipfile
name, version, needs, folder = sys.argv[1:]
with zipfile.ZipFile(f'{folder}/{name}-{version}-py3-none-any.whl', 'w') as wheel:
  info = f'{name}-{version}.dist-info'
  wheel.writestr(f'{name}.py', f'version = "{version}"')
  wheel.writestr(f'{info}/METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n{needs}\\n')
  wheel.writestr(f'{info}/WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
  wheel.writestr(f'{info}/RECORD', '')
`
test('a lock must hold the hashes of all that pip installs, and the image must take no other file', async () => {
  const folder = join(project.folder, '.cache/index')
  mkdirSync(folder, { recursive: true })
  const make = (...args: string[]) => execFileSync('python3', ['-c', WHEEL, ...args, folder])
  make('sunny', '1.0', 'Requires-Dist: rain')
  make('rain', '2.0', '')
  const sha256 = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('hex')
  const elsewhere = { filename: 'rain-2.0-cp313-cp313-win_amd64.whl', hash: 'b'.repeat(64) }
  const index = createServer((request, response) => {
    const [, place, name = ''] = decodeURIComponent(request.url ?? '').split('/')
    if (place === 'files') return response.end(readFileSync(join(folder, name)))
    const own = readdirSync(folder).filter((file) => file.startsWith(`${name}-`))
    const listed = own.map((filename) => ({ filename, hash: sha256(filename) }))
    const files = [...listed, ...(name === 'rain' ? [elsewhere] : [])].map(({ filename, hash }) => ({
      ...{ filename, url: `/files/${filename}`, hashes: { sha256: hash } },
    }))
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json')
    return response.end(JSON.stringify({ meta: { 'api-version': '1.0' }, name, files, versions: [] }))
  })
  await new Promise<void>((resolve) => index.listen(0, '127.0.0.1', resolve))
  const env = { PIP_INDEX_URL: `http://127.0.0.1:${(index.address() as AddressInfo).port}/simple/` }
  project.write('sample-app/requirements.txt', 'sunny==1.0\n')
  project.write('sample-app/requirements-index.txt', '-r requirements.txt\n')
  await project.git('commit', '--quiet', '--all', '--message', 'Sunny')
  const lockRow = async () => (await outdated(env)).rows.get('requirements-index.txt')
  expect(await lockRow()).toMatchObject({ state: 'moved', locked: 'no hashes', update: '2 with hashes' })
  await project.must('outdated', { UPDATE: '1', ...upstreams, ...env })
  const hash = (value: string) => `--hash=sha256:${value}`
  const rain = [sha256('rain-2.0-py3-none-any.whl'), elsewhere.hash].sort().map(hash).join(' \\\n    ')
  const sunny = hash(sha256('sunny-1.0-py3-none-any.whl'))
  const [, ...locked] = read('sample-app/requirements-index.lock').split('\n')
  expect(locked.join('\n')).toBe(`rain==2.0 \\\n    ${rain}\nsunny==1.0 \\\n    ${sunny}\n`)
  expect(await lockRow()).toMatchObject({ state: 'up to date', locked: '2 with hashes' })

  const [, install = ''] = /^RUN (\{ pip (?:.*\\\n)*.*)/m.exec(read('sample-app/Dockerfile')) ?? []
  const script = `cp /app/requirements* /tmp && cd /tmp && ${install} && python -c 'import rain'`
  const mount = ['--volume', `${join(project.folder, 'sample-app')}:/app:ro`, '--env', 'PYTHONUSERBASE=/tmp/base']
  const options = ['--rm', '--network', 'host', '--env', 'PIP_INDEX_URL', ...labelsOf(project), ...mount]
  const build = () =>
    tryExec(['docker', 'run', ...options, lockedImage('python').reference, 'sh', '-c', script], { env, quiet: true })
  expect(await build()).toMatchObject({ exitCode: 0 })
  // The index itself is not what it was: file and hash agree, but not with the lock.
  make('rain', '2.0', 'Summary: harmless')
  const refused = await build()
  index.close()
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('DO NOT MATCH THE HASHES')
})
