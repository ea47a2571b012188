import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { SIGN, seal } from '../image/proposed.ts'
import { adopt, bind, EMPTY, IMAGE, ROOT, WEB } from '../testing/adoption.ts'
import { applyAdoption } from './io/apply.ts'
import { isOwnFile } from './names.ts'
import { askedIn, planInit } from './own.ts'
import type { Adoption } from './plan.ts'
import { outcomeOf, renderAdoption } from './report.ts'
import type { Service, SourceTree } from './source-tree.ts'

// "Then run this again": the next run must come to what the first would have come to, and say what is still missing.

const NEXT = { write: 'WRITE=1 make init', after: 'make ship' }
const proposal = (path: string, text: string): Adoption => ({
  ...{
    findings: [],
    settings: {},
    secrets: {},
    copied: { paths: [], command: '' },
    secretCopies: [],
    lines: {},
    copies: [],
    closes: [],
    ports: { others: [] },
    rivals: [],
  },
  files: [{ path, text }],
})

test('a file that nobody has changed must be replaced by the next proposal, and one of the user must not', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'again-')), 'dartagnan.env')
  const apply = (text: string, write = true) => applyAdoption(proposal(path, text), write).files[path]
  expect(apply('A=1\n')).toBe('written')
  expect(apply('A=1\n')).toBe('same')
  expect(apply('A=2\n', false)).toBe('old')
  expect(apply('A=2\n')).toBe('written')
  expect(readFileSync(path, 'utf8')).toBe(seal('A=2\n'))
  expect(seal('A=2\n').startsWith(SIGN), 'by which uninstall knows it').toBe(true)
  writeFileSync(path, `${readFileSync(path, 'utf8')}B=1\n`)
  expect(apply('A=3\n')).toBe('differs')
  expect(readFileSync(path, 'utf8')).toMatch(/A=2\nB=1\n$/)
  writeFileSync(path, 'mine\n')
  expect(apply('A=3\n')).toBe('differs')
})

test('the file of a secret that others can read must be closed with the proposal, and not before', () => {
  const dir = mkdtempSync(join(tmpdir(), 'again-'))
  const path = join(dir, 'keys', 'key')
  mkdirSync(join(dir, 'keys'), { mode: 0o755 })
  writeFileSync(path, '', { mode: 0o644 })
  const modes = () => [join(dir, 'keys'), path].map((one) => (statSync(one).mode & 0o777).toString(8))
  const adoption = { ...proposal(join(dir, 'a'), ''), closes: [path] }
  applyAdoption(adoption, false)
  expect(modes()).toEqual(['755', '644'])
  applyAdoption(adoption, true)
  expect(modes()).toEqual(['700', '444'])

  const file = `${ROOT}/keys/key`
  const web = { ...WEB, secrets: [{ source: 'key' }] }
  const closesOf = (state: SourceTree['secretFiles'][string]) =>
    adopt({ web }, { project: { secrets: { key: { file } } }, tree: { secretFiles: { [file]: state } } }).closes
  expect(closesOf({ open: true, inGit: false })).toEqual([file])
  expect([closesOf({ open: true, inGit: true }), closesOf({ open: false, inGit: false })]).toEqual([[], []])
})

test('a Dockerfile that has the text of another must say which one, and how it is made anew', () => {
  const headOf = (build: NonNullable<Service['build']>, more: Partial<SourceTree> = {}) => {
    const sources = { 'docker/Dockerfile': IMAGE }
    const tree = { binds: { [`${ROOT}/other`]: 'folder' as const }, tracked: ['other/a.txt'], ...more }
    const { files } = adopt({ web: { ...WEB, build, volumes: [bind('other', '/other')] } }, { sources, tree })
    return files.find(({ path }) => path.endsWith('dartagnan.app.Dockerfile'))?.text.split('\n')[1]
  }
  expect(headOf({ context: ROOT })).toMatch(/^# Made from Dockerfile \w{12}, by: make dartagnan-init WRITE=1$/)
  const home = { composeFile: 'compose/shop.yaml', dir: 'shop', root: '/', tracked: ['shop/other/a.txt'] }
  expect(headOf({ context: ROOT }, home)).toMatch(/, by: make adopt APP_DIR=shop WRITE=1$/)
  expect(headOf({ context: ROOT, dockerfile: 'docker/Dockerfile' })).toMatch(/^# Made from docker\/Dockerfile /)
  expect(headOf({ context: ROOT, dockerfile_inline: IMAGE })).toBe('FROM node:24')
})

test('what is MISSING must be in the last lines, and a refusal must not lead to ship', () => {
  const last = (adoption: Adoption) => {
    const applied = applyAdoption(adoption, false)
    return [outcomeOf(adoption, applied), renderAdoption(adoption, applied, NEXT).split('\n\n').at(-1)]
  }
  const open = { check: 'a', found: 'b', verdict: 'missing' } as const
  const files = proposal(join(tmpdir(), 'none', 'a'), 'A=1\n')
  expect(last(files)).toEqual(['proposed', 'proposed: nothing was written\n  next: WRITE=1 make init'])
  expect(last({ ...files, findings: [open] })).toEqual([
    'proposed',
    'proposed, with 1 MISSING: nothing was written\n  next: do what is said above for each, then run this again   (where nothing of it matters: WRITE=1 make init)',
  ])
  expect(last({ ...files, files: [], findings: [open] })).toEqual([
    'refused',
    'refused, with 1 MISSING: nothing was written\n  next: do what is said above for each, then run this again',
  ])
})

test('the own files of the toolkit must not be read as those of the application', () => {
  const isOwn = (name: string, text = '') => isOwnFile(name, () => text)
  expect(['dartagnan.compose.yaml', 'dartagnan.web.Dockerfile'].map((name) => isOwn(name))).toEqual([true, true])
  expect(isOwn('Dockerfile', seal('FROM a\n'))).toBe(true)
  expect(isOwn('Dockerfile', `${seal('FROM a\n')}USER 1\n`)).toBe(false)
  const { findings } = adopt(
    { web: { ...WEB, environment: { DB_PASSWORD: 'x' } } },
    { project: { given: { APP_DB_PASSWORD: 'x', OTHER: '1' } } },
  )
  expect(findings.filter(({ check }) => check === '.env').map(({ found }) => found)).toEqual([
    expect.stringMatching(/^OTHER: /),
  ])
})

test('the next run must read the folder that the first one read, and not the one that is built, and keep the name', () => {
  const plain = { makefile: '', includesToolkit: true, collisions: [], ignoresEnv: true, hasWorkflows: false }
  const settingsFor = (tree: Partial<SourceTree>) => {
    const sources = { [`app/Dockerfile`]: IMAGE }
    const adoption = adopt({ web: { ...WEB, build: { context: `${ROOT}/app` } } }, { sources, tree })
    expect(adoption.settings['APP_DIR']).toBe('app')
    const { files } = planInit(adoption, { ...plain, port: undefined, theirs: [], asked: { ...EMPTY, ...tree } })
    return files.find(({ path }) => path === 'dartagnan.env')?.text ?? ''
  }
  expect(askedIn(settingsFor({ project: 'fish' }))).toEqual({ PROJECT: 'fish' })
  const asked = { PROJECT: 'fish', APP_DIR: 'app', APP_PORT: '4001' }
  expect(askedIn(settingsFor({ project: 'fish', dir: 'app', port: 4001 }))).toEqual(asked)
  expect(askedIn('#PROJECT=a\n# PROJECT=b\nAPP_PORT=1\nPROJECT="c"\n')).toEqual({ PROJECT: 'c' })
})

test('which service and which port the user has named must be known to the next run', () => {
  const services = { one: WEB, two: { ...WEB, ports: [{ target: 4000, published: '4000' }] } }
  const { files, settings } = adopt(services, { tree: { service: 'two', port: 4001 } })
  expect(files[0]?.text).toMatch(/^# SERVICE=two$/m)
  expect(settings['APP_PORT']).toBe('4001')
})
