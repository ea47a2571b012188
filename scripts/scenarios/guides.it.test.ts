import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { lockedImage } from '../image/io/images.ts'
import { removeProject } from '../test/io/sweep.ts'
import { freePort, gateOf } from '../testing/gate.ts'
import { follow, type World } from '../testing/guide-world.ts'
import { ELSEWHERE, PROVEN, readProven, sumOf } from '../testing/guides.ts'
import { labelsOf } from '../testing/image.ts'
import { inProof } from '../testing/proof.ts'
import { TestProject } from '../testing/test-project.ts'
import { shortenTests } from './short-tests.ts'
import { settle } from './strangers.ts'

// A reader who types what the README and the guides say, in their order. A world says what a name of a guide is here: its
// registry, its project, its port.
type Names = World['names']
const WHO = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
  [`GIT_${who}_NAME`, 'e2e'],
  [`GIT_${who}_EMAIL`, 'e2e@localhost'],
])
// git follows a path to a submodule only where it is told to; an address needs none of this.
const SUBMODULE = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'protocol.file.allow', GIT_CONFIG_VALUE_0: 'always' }

let project: TestProject
const at = (...path: string[]) => join(project.folder, ...path)
const settings = (more: Record<string, string> = {}) => {
  const own = { PROJECT: project.name, PORT: String(project.port), BAKE_TIME: '1', ...more }
  return Object.entries(own).map(([name, value]) => `${name}=${value}\n`)
}
const env = (): Record<string, string> => ({
  ...Object.fromEntries(WHO),
  ...SUBMODULE,
  DARTAGNAN_CHECK: project.environment()['DARTAGNAN_CHECK'] ?? '',
})

/** Follows a guide in the checkout, and writes down that its commands work. */
async function read(file: string, names: Names = [], more: Record<string, string> = {}): Promise<void> {
  const own: Names = [
    [/journal(?=[-:_ ]|$)/gm, project.name],
    ['8080', String(project.port)],
  ]
  const world = { folder: project.folder, names: [...names, ...own], env: { ...env(), ...more } }
  await follow(file, world, Object.keys(ELSEWHERE[file] ?? {}))
  const proven = readProven()
  if (proven[file] !== sumOf(file))
    writeFileSync(PROVEN, `${JSON.stringify({ ...proven, [file]: sumOf(file) }, null, 2)}\n`)
}

beforeAll(async () => {
  project = await TestProject.create()
  shortenTests(project)
  await project.commit('1.4.1')
  writeFileSync(at('.env'), settings().join(''), { mode: 0o600 })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('the README alone must lead to a release that is rolled back, and to one of an own repository', async () => {
  const shop = at('.cache', `${project.name}x`)
  cpSync('scripts/scenarios/strangers/greeter', shop, { recursive: true })
  await exec(['git', 'init', '--quiet', '--initial-branch', 'main', shop], { quiet: true })
  await exec(['sh', '-c', 'git add -A && git commit -q -m First'], { quiet: true, cwd: shop, env: env() })
  await using _ = { [Symbol.asyncDispose]: async () => await removeProject(`${project.name}x`) }
  await read('README.md', [
    ['sh ~/dartagnan', `WRITE=1 sh ${project.folder}`],
    ['~/shop', shop],
  ])
})
