import { randomBytes } from 'node:crypto'
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec, tryExec } from '../cli/io/exec.ts'
import { toolkitImageName } from '../docker/io/toolkit-container.ts'
import { LEDGER, PROJECT_LABEL } from '../docker/labels.ts'
import { labelsOf } from '../testing/image.ts'
import { proving, testInProof } from '../testing/proof.ts'
import { startRegistry, type TestRegistry } from '../testing/registry.ts'
import { makeNetwork } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// Every secret given to the toolkit contains one word. All targets run, then the word is searched for everywhere.
const WORD = `sentinel-${randomBytes(6).toString('hex')}`
const SECRETS = ['registry', 'signing', 'backup', 'token'].map((name) => `${WORD}-${name}`)
const OVERLAY = `services:
  app:
    secrets: [token]
secrets:
  token: {file: ../secrets/token}
`
let project: TestProject
let registry: TestRegistry
let toolkit: string
let said = ''
const file = (name: string) => join(project.folder, 'secrets', name)

async function make(targets: string, env: Record<string, string> = {}) {
  const settings = {
    ...project.environment(),
    APP_COMPOSE: 'compose/app.yaml:compose/token.yaml',
    IMAGE_REPOSITORY: `${registry.here}/team/${project.name}`,
    REGISTRY_USER: registry.user,
    REGISTRY_PASSWORD_FILE: registry.passwordFile,
    REGISTRY_CA_FILE: 'secrets/ca.crt',
    SIGNING_KEY_FILE: 'secrets/own.key',
    SIGNING_PASSWORD_FILE: 'secrets/signing-password',
    VERIFY_KEY_FILE: 'secrets/own.pub',
    BACKUP_REPOSITORY: file('backup'),
    BACKUP_PASSWORD_FILE: 'secrets/backup-password',
    DEPLOY_SNAPSHOT: '1',
  }
  const result = await tryExec(['make', ...targets.split(' ')], {
    cwd: project.folder,
    env: { ...settings, ...env },
    quiet: true,
  })
  said += result.stdout + result.stderr
  return result
}
async function must(targets: string, env: Record<string, string> = {}) {
  const { exitCode, stderr } = await make(targets, env)
  expect(exitCode, `make ${targets}\n${stderr}`).toBe(0)
}
// What every process of the host shows of itself, again and again: its arguments, and its environment.
const WATCH =
  'until [ -e "$1" ]; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ; sleep 0.05; done 2>/dev/null | grep --text --line-buffered --only-matching "$0-[a-z][a-z]*"'

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  await makeNetwork(project)
  registry = await startRegistry(project, SECRETS[0] ?? '')
  for (const key of ['own', 'other'])
    await exec(['cosign', 'generate-key-pair', '--output-key-prefix', file(key)], {
      input: SECRETS[1] ?? '',
      secret: true,
      quiet: true,
    })
  project.write('secrets/signing-password', `${SECRETS[1]}\n`)
  project.write('secrets/backup-password', `${SECRETS[2]}\n`)
  project.write('secrets/token', `${SECRETS[3]}\n`)
  await exec([
    'sh',
    '-c',
    'chmod 700 "$0" && chmod 600 "$0"/*-password && chmod 444 "$0"/token',
    join(project.folder, 'secrets'),
  ])
  project.write('compose/token.yaml', OVERLAY)
  await project.commit('1.1.0')
  mkdirSync(file('backup'))
  toolkit = await toolkitImageName()
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('no secret must be seen by anybody who watches the processes while all targets run [security 38] [security 39]', async () => {
  const enough = file('enough')
  const seer = ['docker', 'run', '--rm', '--pid', 'host', '--privileged', ...labelsOf(project)] as const
  const folder = ['--volume', `${project.folder}:${project.folder}`, '--network', 'none']
  const watching = tryExec([...seer, ...folder, toolkit, 'bash', '-c', WATCH, WORD, enough], { quiet: true })
  await must('build')
  await must('tag', { FORCE: 'untested' })
  expect((await make('push')).stderr).toMatch(/has not passed its tests\n +next: make test tag push/)
  await must('push', { FORCE: 'untested' })
  expect((await make('deploy', { VERIFY_KEY_FILE: 'secrets/other.pub' })).stderr).toContain('by another key')
  await must('plan deploy')
  await must('backup status snapshots')
  await must('history doctor logs', { JSON: '1' })
  // A bundle takes as long as all else together.
  if (proving) await must('bundle')
  // What fails tells more than what succeeds.
  await make('deploy', { VERSION: '9.9.9' })
  await make('push', { REGISTRY_USER: 'nobody' })
  await make('restore', { SNAPSHOT: 'ffff' })
  await make('deploy', { HEALTH_PATH: '/nowhere', READY_TIMEOUT: '2', DEPLOY_SNAPSHOT: '0' })
  // Seen, where it is shown: otherwise nothing would have been watched.
  await exec(['sh', '-c', 'sleep 3; true', `${WORD}-shown`], { quiet: true })
  writeFileSync(enough, '')
  const seen = new Set((await watching).stdout.split('\n').filter(Boolean))
  expect([...seen]).toEqual([`${WORD}-shown`])
})

test('no secret must be in what was printed, or in what the engine and the ledger keep [security 21] [security 22] [security 38]', async () => {
  expect(said).toContain('deployed: 1.1.0')
  const script = `
    own() { docker "$@" --quiet --filter label=${PROJECT_LABEL}=${project.name}; }
    containers=$(docker ps --all --quiet --filter name=${project.name})
    volumes="$(docker volume ls --quiet --filter name=${project.name}) ${LEDGER}"
    docker inspect $containers $(own image ls) $volumes
    for id in $containers; do docker logs "$id" 2>&1; done
    for id in $(own image ls); do docker history --no-trunc "$id"; done
    for volume in $volumes; do
      docker run --rm --volume "$volume:/volume:ro" --network none --entrypoint grep ${toolkit} \\
        --recursive --text --only-matching -e "$0" -e '"deployed"' /volume | sed "s/^/in $volume: /"
    done
    grep --recursive --text --only-matching "$0" ${file('backup')}
    true`
  const kept = await exec(['sh', '-c', script, WORD], { quiet: true })
  expect(kept.stdout).toContain('org.dartagnan')
  expect(kept.stdout).toMatch(/^in dartagnan_ledger: .*"deployed"/m)
  for (const text of [said, kept.stdout, kept.stderr])
    expect(text.split('\n').filter((line) => line.includes(WORD))).toEqual([])
})

testInProof('no secret must be in a layer, or in anything else of the bundle [security 22]', async () => {
  const bundle = join(project.folder, 'bundles', `${project.name}-1.1.0.tar`)
  const names = (await exec(['tar', '--list', '--file', bundle], { quiet: true })).stdout
  expect(names).not.toMatch(/secrets\/|own\.key/)
  const unpacked = join(project.folder, '.cache', 'unpacked')
  await exec(['mkdir', unpacked], { quiet: true })
  await exec(['tar', '--extract', '--file', bundle, '--directory', unpacked, '--strip-components=1'], { quiet: true })
  let [bytes, rest] = [0, '']
  for await (const piece of createReadStream(join(unpacked, 'images.tar.gz')).pipe(createGunzip())) {
    const text = rest + (piece as Buffer).toString('latin1')
    expect(text.includes(WORD)).toBe(false)
    bytes += (piece as Buffer).length
    rest = text.slice(-WORD.length)
  }
  expect(bytes).toBeGreaterThan(200_000_000)
  const grep = ['grep', '--recursive', '--files-with-matches', WORD, unpacked] as const
  const plain = await tryExec(grep, { quiet: true })
  expect(plain.stdout).toBe('')
})
