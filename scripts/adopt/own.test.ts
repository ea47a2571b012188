import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { EMPTY, projectOf } from '../testing/adoption.ts'
import { planInit, type Repository, theirNames, withoutLines } from './own.ts'
import type { Adoption } from './plan.ts'

const adoption: Adoption = {
  findings: [],
  settings: { PROJECT: 'shop', APP_DIR: '.', APP_PORT: '5000' },
  secrets: { APP_TOKEN: 'hunter2' },
  copied: { paths: [], command: '' },
  files: [{ path: 'Dockerfile', text: 'FROM scratch\n' }],
  secretCopies: [],
  lines: {},
  copies: [],
  closes: [],
  ports: { others: [] },
  rivals: [],
}
const plain: Repository = {
  ...{ makefile: 'Makefile', includesToolkit: false, collisions: [], ignoresEnv: false },
  ...{ hasWorkflows: false, port: undefined, theirs: [], asked: { dir: '.' } },
}
const textOf = ({ files }: Adoption, path: string) => files.find((file) => file.path === path)?.text ?? ''

test('settings must go into a file that git keeps, and secrets must not', () => {
  const init = planInit(adoption, { ...plain, port: 8081 })
  expect(textOf(init, 'dartagnan.env')).toMatch(/^PROJECT=shop\nAPP_PORT=5000\nPORT=8081\n$/m)
  expect(JSON.stringify(init.files)).not.toContain('hunter2')
  expect(init.secrets).toEqual({ APP_TOKEN: 'hunter2' })
  expect(init.settings).toEqual({})
})

test('a repository on GitHub must get a workflow', () => {
  const { files } = planInit(adoption, { ...plain, hasWorkflows: true })
  expect(files.map(({ path }) => path)).toEqual(['Dockerfile', 'dartagnan.env', '.github/workflows/dartagnan.yaml'])
})

test('the workflow must fetch the whole history and the toolkit, and have no rights to write', () => {
  const { jobs, permissions } = parse(
    textOf(planInit(adoption, { ...plain, hasWorkflows: true }), '.github/workflows/dartagnan.yaml'),
  ) as { jobs: { ci: { steps: object[]; permissions: object } }; permissions: object }
  expect(permissions).toEqual({})
  expect(jobs.ci.permissions).toEqual({ contents: 'read' })
  expect(jobs.ci.steps).toMatchObject([
    { with: { 'fetch-depth': 0, submodules: true, 'persist-credentials': false } },
    { run: 'make setup ci' },
  ])
  const other = planInit(adoption, { ...plain, hasWorkflows: true, collisions: ['setup'] })
  expect(textOf(other, '.github/workflows/dartagnan.yaml')).toContain('run: make dartagnan-setup ci')
})

test('what a repository has already must not be added again', () => {
  expect(Object.keys(planInit(adoption, plain).lines)).toEqual(['Makefile', '.gitignore'])
  expect(planInit(adoption, { ...plain, includesToolkit: true, ignoresEnv: true }).lines).toEqual({})
})

test('targets of the same name must be said, with the names of the others', () => {
  const [finding] = planInit(adoption, { ...plain, collisions: ['build'] }).findings
  expect(finding).toMatchObject({
    found: 'build of Makefile stay as they are',
    mend: expect.stringContaining('make dartagnan-build'),
  })
})

test('a file must be the same, byte for byte, once its lines are taken out again', () => {
  const { lines } = planInit(adoption, { ...plain, ignoresSettings: true })
  expect(lines['.gitignore'], 'where *.env leaves them out').toContain('!dartagnan.env')
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('Makefile', '.gitignore'), (text, file) => {
      const added = lines[file] ?? ''
      // As applyAdoption appends: a file that is made for them begins with the lines.
      expect(withoutLines(text === '' ? added.trimStart() : `${text}${added}`)).toBe(text)
    }),
  )
})

test('settings that the application has other values for must be left to it, and those of other folders not', () => {
  const compose = { ...projectOf({}), text: `ports: ["\${APP_PORT:-80}:80"]` }
  const sources = { '.env.example': 'A=1\nPORT=3000\n# ENV=x\n', 'a.js': 'BIND=1', 'api/.env.example': 'BIND=1' }
  expect(theirNames({ ...EMPTY, given: { KEEP: '1', OTHER: '2', APP_MEMORY: '5' }, sources, compose })).toEqual([
    'APP_PORT',
    'PORT',
    'KEEP',
    'APP_MEMORY',
  ])
  const init = planInit(adoption, { ...plain, theirs: ['APP_PORT', 'PORT'] })
  expect(textOf(init, 'dartagnan.env')).toMatch(/^APP_VARIABLES=APP_PORT,PORT$/m)
  expect(init.findings.at(-1)?.found).toContain('APP_PORT, PORT in .env')
  expect(textOf(planInit(adoption, plain), 'dartagnan.env')).not.toContain('APP_VARIABLES')
})
