import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exec } from '../cli/io/exec.ts'
import { lockedImage } from '../image/io/images.ts'
import { startRegistry, type TestRegistry } from '../testing/registry.ts'
import { makeNetwork, TestEngine } from '../testing/test-engine.ts'
import { TestProject } from '../testing/test-project.ts'

// Two hosts and a registry with TLS and a password: one host pushes, the other deploys.
const PASSWORD = 'marker-of-the-registry-password'
let project: TestProject
let registry: TestRegistry
let builder: TestEngine
let repository: string
let digest: string
let certificates: Record<string, string>
const environment = (env: Record<string, string> = {}) => ({
  ...project.environment(),
  IMAGE_REPOSITORY: repository,
  REGISTRY_USER: registry.user,
  REGISTRY_PASSWORD_FILE: registry.passwordFile,
  REGISTRY_CA_FILE: 'secrets/ca.crt',
  ...env,
})
const make = (engine: TestEngine, targets: string, env: Record<string, string> = {}) =>
  engine.make(targets, environment(env), project.folder)
async function must(engine: TestEngine, targets: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr, exitCode } = await make(engine, targets, env)
  if (exitCode !== 0) throw new Error(`make ${targets} ended with ${exitCode}:\n${stderr}\n${stdout}`)
  return stdout + stderr
}
const key = (name: string) => join(project.folder, 'secrets', name)

beforeAll(async () => {
  project = await TestProject.create({ own: true })
  repository = `registry.test:5000/team/${project.name}`
  await makeNetwork(project)
  registry = await startRegistry(project, PASSWORD)
  certificates = { [registry.host]: registry.certificate }
  for (const name of ['own', 'other'])
    await exec(['cosign', 'generate-key-pair', '--output-key-prefix', key(name)], {
      env: { COSIGN_PASSWORD: 'porthos' },
      quiet: true,
    })
  writeFileSync(key('key-password'), 'porthos\n', { mode: 0o600 })
  builder = await TestEngine.start(project, 'builder', { images: [lockedImage('python').reference], certificates })
  await must(builder, 'build tag', { FORCE: 'untested' })
})
afterAll(async () => await project[Symbol.asyncDispose]())

test('an untested image must not be pushed, and the registry must hold the very image that is pushed', async () => {
  const refused = await make(builder, 'push')
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toMatch(/has not passed its tests\n +next: make test tag push/)
  const said = await must(builder, 'push', { FORCE: 'untested' })
  digest = /pushed: \S+:1\.0\.0, (sha256:[0-9a-f]{64})/.exec(said)?.[1] ?? ''
  expect(digest).not.toBe('')
  expect(await must(builder, 'push', { FORCE: 'untested' })).toContain(`unchanged: ${repository}:1.0.0, ${digest}`)
  expect(said).not.toContain(PASSWORD)
})

test('another host must deploy that very image, by its digest, when the first is off [fault 13] [security 27]', async () => {
  const image = await builder.docker('image', 'inspect', '--format', '{{.Id}}', `${repository}:1.0.0`)
  const other = await TestEngine.start(project, 'other', { certificates })
  await builder.stop()
  try {
    expect(await must(other, 'deploy', { VERSION: '1.0.0' })).toContain(`docker pull ${repository}@${digest}`)
    const runs = await other.docker('inspect', '--format', '{{.Image}}', `${project.name}-app-1`)
    expect(runs).toBe(image)
    const { stdout } = await other.run('curl', '--silent', `${project.url}/healthz`)
    expect(JSON.parse(stdout)).toMatchObject({ version: '1.0.0' })
    const history = JSON.parse((await make(other, 'history', { JSON: '1' })).stdout) as { digest: string }[]
    expect(history.at(-1)?.digest).toBe(digest)
    // Known by its digest, it serves again where the registry does not answer.
    await exec(['docker', 'stop', registry.container], { quiet: true })
    try {
      const { stdout, stderr } = await make(other, 'deploy', { VERSION: '1.0.0' })
      expect(stdout).toContain('unchanged: 1.0.0')
      expect(stderr).toMatch(/trying again, 3 of 3[\s\S]*1\.0\.0 is here, as sha256:/)
      const refused = await make(other, 'deploy', { VERSION: '1.0.1' })
      expect(refused.exitCode).not.toBe(0)
    } finally {
      await exec(['docker', 'start', registry.container], { quiet: true })
    }
  } finally {
    await builder.start()
  }
})

test('a full version must never be overwritten, and the aliases must go to the greatest', async () => {
  await project.git('commit', '--quiet', '--allow-empty', '--message', 'Another commit')
  await project.git('tag', '--force', 'v1.0.0')
  await must(builder, 'build')
  const candidate = `${repository}:build-1.0.0`
  const [mine, theirs] = [candidate, `${repository}:1.0.0`]
  await builder.docker('image', 'rm', theirs)
  await builder.docker('image', 'tag', mine, theirs)
  const refused = await make(builder, 'push', { FORCE: 'untested' })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).toContain('a full version never moves')
  await project.commit('1.2.0')
  await must(builder, 'build tag push', { FORCE: 'untested' })
  await project.commit('1.1.5')
  expect(await must(builder, 'build tag push', { FORCE: 'untested' })).not.toMatch(/registry.*:latest/)
})

test('where VERIFY_KEY_FILE is set, only signed images must be deployed [security 31]', async () => {
  const verify = { VERSION: '1.2.0', VERIFY_KEY_FILE: 'secrets/own.pub' }
  expect((await make(builder, 'deploy', verify)).stderr).toContain('it has no signature')
  chmodSync(key('own.key'), 0o644)
  chmodSync(join(project.folder, 'secrets'), 0o755)
  const signing = {
    VERSION: '1.2.0',
    FORCE: 'untested',
    SIGNING_KEY_FILE: 'secrets/own.key',
    SIGNING_PASSWORD_FILE: 'secrets/key-password',
  }
  expect((await make(builder, 'push', signing)).stderr).toMatch(
    /SIGNING_KEY_FILE \(secrets\/own\.key\) can be read by others \(mode 644\)\n +next: chmod 600/,
  )
  chmodSync(key('own.key'), 0o600)
  expect(await must(builder, 'push', signing)).toContain('pushed')
  expect(await must(builder, 'push', signing)).toContain('unchanged')
  expect((await make(builder, 'deploy', { ...verify, VERIFY_KEY_FILE: 'secrets/other.pub' })).stderr).toContain(
    'its signature is by another key',
  )
  // By its digest, from the registry alone.
  const id = await builder.docker('image', 'inspect', '--format', '{{.Id}}', `${repository}:1.2.0`)
  await builder.docker('image', 'rm', '--force', id)
  const deployed = await must(builder, 'deploy', verify)
  expect(deployed).toContain(`docker pull ${repository}@sha256:`)
  expect(deployed).toContain('deployed: 1.2.0')
  expect(await builder.docker('inspect', '--format', '{{.Image}}', `${project.name}-app-1`)).toBe(id)
})

test("an image's SBOM and provenance must travel with it [security 31]", async () => {
  const run = [
    'run',
    '--rm',
    '--network',
    'host',
    '--volume',
    `${project.folder}:${project.folder}`,
    '--workdir',
    project.folder,
  ]
  const toolkit = await builder.docker('image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', 'dartagnan/toolkit')
  const script = `printf %s "$0" | oras login --ca-file secrets/ca.crt --username porthos --password-stdin registry.test:5000 >/dev/null
    for type in application/vnd.cyclonedx+json application/vnd.in-toto+json; do
      at=$(oras discover --ca-file secrets/ca.crt --format go-template='{{range .manifests}}{{if eq .artifactType "'$type'"}}{{.reference}}{{end}}{{end}}' "$1")
      oras pull --ca-file secrets/ca.crt --output /tmp/origin "$at" >/dev/null
    done
    cat /tmp/origin/sbom.cdx.json; echo; cat /tmp/origin/provenance.json`
  const said = await builder.docker(...run, toolkit, 'bash', '-c', script, PASSWORD, `${repository}:1.0.0`)
  const [sbom = '', provenance = ''] = said.split('\n')
  const { components } = JSON.parse(sbom) as { components: { purl: string }[] }
  const purls = components.map(({ purl }) => purl)
  expect(purls.some((purl) => purl.startsWith('pkg:deb/debian/python3@'))).toBe(true)
  expect(purls.some((purl) => /^pkg:(pypi\/|deb\/debian\/python3-)flask@/i.test(purl))).toBe(true)
  expect(JSON.parse(provenance)).toMatchObject({ subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }] })
})

test('a wrong password must be reported at once, and a network outage must be waited out', async () => {
  writeFileSync(key('wrong'), 'not the password\n', { mode: 0o600 })
  const refused = await make(builder, 'push', {
    FORCE: 'untested',
    VERSION: '1.2.0',
    REGISTRY_PASSWORD_FILE: 'secrets/wrong',
  })
  expect(refused.exitCode).not.toBe(0)
  expect(refused.stderr).not.toContain('trying again')
  expect(refused.stderr).toMatch(/unauthorized[\s\S]*next: set REGISTRY_USER and REGISTRY_PASSWORD_FILE/i)
  await exec(['docker', 'stop', registry.container], { quiet: true })
  const pushing = make(builder, 'push', { FORCE: 'untested', VERSION: '1.2.0' })
  // Away while it asks, and back before it gives up.
  await sleep(2000)
  await exec(['docker', 'start', registry.container], { quiet: true })
  const { stderr, exitCode } = await pushing
  expect(exitCode, stderr).toBe(0)
})
