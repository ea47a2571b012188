import { expect, test } from 'vitest'
import type { ComposeService } from '../docker/compose-model.ts'
import { keptPath, withKept } from '../release/kept-paths.ts'
import { makeRelease } from '../release/make-release.ts'
import { coveredFolders, hiddenFiles, requireVisible, sayHidden } from './hidden-files.ts'

const image = { id: 'sha256:a', version: '1.0.0', revision: 'r', volumes: [] }
const releaseOf = (services: Record<string, ComposeService>) =>
  makeRelease(
    {
      name: 'p',
      services: { app: { image: 'sha256:a' }, proxy: { image: 'x' }, ...services },
      volumes: { code: {}, theirs: { name: 'x', external: true } },
    },
    image,
    { port: 8000, health: '/', replicas: 1 },
    { template: '', hold: 10 },
  )
const volume = (target: string, source?: string) => ({ type: 'volume', target, ...(source ? { source } : {}) })

test("the folders that volumes cover must be those of every service but the proxy's, whoever has made the volume", () => {
  const release = releaseOf({
    app: {
      image: 'sha256:a',
      volumes: [volume('/application', 'code'), volume('/cache'), { type: 'bind', source: '/x', target: '/x' }],
    },
    worker: { image: 'sha256:w', volumes: [volume('/media', 'theirs'), volume('/app/node_modules')] },
    proxy: { volumes: [volume('/etc', 'code')] },
  })
  expect(coveredFolders(release)).toEqual([
    { service: 'app', path: '/application', image: 'sha256:a', volume: 'p_code' },
    { service: 'worker', path: '/media', image: 'sha256:w', volume: 'x' },
    { service: 'worker', path: '/app/node_modules', image: 'sha256:w', volume: '' },
  ])
})

test('a volume that the toolkit has made must not be called a mount of the Compose file', () => {
  const kept = withKept(releaseOf({}), { app: [keptPath('app', '/app/img', false)] })
  const [folder] = coveredFolders(kept)
  expect(folder).toMatchObject({ path: '/app/img', isOwn: true })
  const refuse = () => folder && requireVisible(folder, ['a.png'], 'before', new Set())
  expect(refuse).toThrow(expect.objectContaining({ next: expect.stringMatching(/^keep what belongs to the version/) }))
})

test.each<[string, Record<string, string>, Record<string, string>, string[]]>([
  ['the same bytes in both', { 'seed.db': '1' }, { 'seed.db': '1' }, []],
  ['what the application has added', { 'seed.db': '1' }, { 'seed.db': '1', 'upload.png': '9' }, []],
  ['another file', { 'app.py': '2', 'b.py': '1' }, { 'app.py': '1', 'b.py': '1' }, ['app.py']],
  ['a new file', { 'app.py': '1', 'new.py': '1' }, { 'app.py': '1' }, ['new.py']],
  ['a link to elsewhere', { current: '→v2' }, { current: '→v1' }, ['current']],
  ['a folder that a repository keeps empty', { '.gitkeep': '1', 'x/.keep': '1', '.gitignore': '1' }, {}, []],
])('of %s hidden must be what the volume does not have like that', (_, files, held, hidden) => {
  expect(hiddenFiles(files, held)).toEqual(hidden)
})

test('a message must name the service, the path, the volume and some of the files', () => {
  const said = sayHidden(
    { service: 'app', path: '/application', volume: 'p_code' },
    ['a', 'b', 'c', 'd', 'e'],
    'in 1.0.0',
  )
  expect(said).toBe(
    'the volume p_code, mounted at /application, hides files of the image of service "app": a, b, c and 2 more would stay as in 1.0.0',
  )
})

test.each([
  ['site.db', true],
  ['site.py', false],
])('the next step must lead a database out of git, and no code: %s', (file, is) => {
  const covered = { service: 'app', path: '/app', image: 'x', volume: 'p_data' }
  const step = expect.stringMatching(is ? /--cached/ : /^(?!.*--cached)/)
  expect(() => requireVisible(covered, [file], 'in 1.0.0', new Set())).toThrow(expect.objectContaining({ next: step }))
})
