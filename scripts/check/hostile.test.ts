import { readFileSync } from 'node:fs'
import { parse as parseEnv } from 'dotenv'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { parseProject } from '../adopt/parse-project.ts'
import { planAdoption } from '../adopt/plan.ts'
import { renderAdoption } from '../adopt/report.ts'
import type { SourceTree } from '../adopt/source-tree.ts'
import { Failure } from '../cli/failure.ts'
import { tryJson } from '../cli/parse.ts'
import { parseYaml } from '../cli/yaml.ts'
import { firstDifference, isPlainEnvFile } from '../config/env-file.ts'
import { parseOptions } from '../config/options.ts'
import { appVariables, parseSettings } from '../config/settings.ts'
import { chooseSnapshot } from '../data/choose-snapshot.ts'
import { diffDescriptions, isDescription, lostIn } from '../data/description.ts'
import { planData } from '../data/prune-plan.ts'
import { acceptStoredAgain, parseBackup } from '../data/restic-report.ts'
import { makeSandbox } from '../data/sandbox.ts'
import { isVerification, parseSnapshots } from '../data/snapshot.ts'
import { renderSnapshots } from '../data/snapshots-report.ts'
import { provenanceOf } from '../distribution/provenance.ts'
import { isInventory, sbomOf } from '../distribution/sbom.ts'
import type { ComposeModel } from '../docker/compose-model.ts'
import { findDangers } from '../docker/dangers.ts'
import { parseCompose } from '../docker/parse-compose.ts'
import { identityProblem } from '../docker/readiness.ts'
import { roomFor } from '../doctor/report.ts'
import { buildArgv } from '../image/build.ts'
import { planBuilds } from '../image/builds.ts'
import { parseDockerfile } from '../image/dockerfile.ts'
import { isEvidence } from '../image/evidence.ts'
import { parseLock, parseUpstream, renderLock } from '../image/image-lock.ts'
import { inOneOrder } from '../image/layers.ts'
import { planImages } from '../image/lock-plan.ts'
import { standInFor, whyNoStandIn } from '../image/stand-in.ts'
import { planTags } from '../image/tags.ts'
import { parseIndex, parseNpmLock, parseOutdated, parseSpecs, parseVersions } from '../outdated/answers.ts'
import { readReport } from '../outdated/hash-lock.ts'
import { movePins, npmRow, parseRequirements, pinned, pythonRow } from '../outdated/plan.ts'
import { keptStates, parseSets } from '../proxy/endpoints.ts'
import { parseLive, parseServers, renderConfig } from '../proxy/haproxy.ts'
import { registryOf } from '../registry/name.ts'
import { imageOf } from '../registry/registry-image.ts'
import { parseBundle } from '../release/bundle.ts'
import { chooseRelease, restoresData } from '../release/choose-rollback.ts'
import { isReleaseEntry, renderEntry } from '../release/history.ts'
import { renderHistory } from '../release/history-report.ts'
import { makeRelease } from '../release/make-release.ts'
import { fromFile, isReleaseFile, type Release, toFile } from '../release/model.ts'
import { withVolumes } from '../release/over-volumes.ts'
import { parseContexts, requireSafe } from '../remote/engine-context.ts'
import { chooseUpgrade, requireReads } from '../setup/upgrade.ts'
import { type Check, formatRecord, isTexts, parseRecords, splitDamaged } from '../state/records.ts'
import { describeRun, isRunLog } from '../state/run-log.ts'
import * as examples from '../testing/examples.ts'
import { mutatedTexts, mutatedValues } from '../testing/hostile.ts'
import { casesOf, roundsOf } from '../testing/proof.ts'
import { nameUnreleased, readSection, renderChanges } from '../version/changelog.ts'
import { parseChange } from '../version/commits.ts'
import { parseBump, planPublish } from '../version/publish-plan.ts'
import { isVersion, sortVersions, tagsFor, versionOf } from '../version/version.ts'

const { ID, image, settings, revision, lock, entry, head } = examples
const DOCKERFILE = readFileSync('sample-app/Dockerfile', 'utf8')
const template = readFileSync('compose/proxy/haproxy.cfg', 'utf8')
const app = { port: 8000, health: '/healthz', replicas: 1 }
const release = makeRelease(examples.compose, image, app, { template, hold: 10 })
const own = { name: '', repository: 'journal', services: ['app'], context: '.', file: 'Dockerfile', args: {} }
const PLACES = { context: 'a', dockerfile: 'b', idFile: 'c' }
const input = { ...own, settings, revision, changed: revision, lock, dockerfile: DOCKERFILE, source: '' }
const date = '2026-01-01'

// What a target does with a document once it is read: all of it must bear whatever has passed the door.
const useCompose = (compose: ComposeModel) => {
  findDangers(compose, () => '')
  planBuilds(compose, settings, { project: '/checkout', top: '/checkout' })
  useRelease(makeRelease(compose, image, app, { template: '', hold: 10 }))
}
const useRelease = (one: Release) => {
  makeSandbox(one, { live: true, volumes: { data: 'x' }, snapshots: { app: 'y' } })
  makeSandbox(withVolumes(one, { data: 'journal_data.2' }), { live: false, volumes: {}, snapshots: {} })
  renderConfig(one.proxy, one.routes, {})
  expect(isReleaseFile(tryJson(JSON.stringify(toFile(one)))), 'a release that was made can be read again').toBe(true)
}
const useTree = (over: Partial<SourceTree>) => {
  const tree: SourceTree = {
    ...{ dir: 'blog', root: '/checkout', files: ['.git', ...Object.keys(over.sources ?? {})], sources: {}, lock },
    ...{
      compose: undefined,
      images: {},
      binds: { '/srv': 'folder' },
      live: ['blog_data'],
      tracked: ['blog/index.html'],
      given: {},
      project: undefined,
    },
    ...{ secretFiles: {}, ran: { app: 'x' }, composeFile: 'compose/blog.yaml', ...over },
  }
  const adoption = planAdoption(tree)
  if (!over.compose?.problem)
    expect(adoption.settings).toEqual(expect.objectContaining({ HEALTH_PATH: expect.any(String) }))
  renderAdoption(adoption, { files: {}, settings: {}, lines: {} }, { write: 'a', after: 'b' })
}
const project = (text: string) => ({ ...parseProject(text, 'compose.yaml', '.'), file: 'compose.yaml', text })
const adopted = project(stringify(examples.adopted))
const useEnv = (text: string) => {
  isPlainEnvFile(text)
  const file = { name: '.env', values: parseEnv(text) }
  appVariables([file], {})
  parseSettings([file], {})
}
const useOptions = (text: string) => {
  const given = tryJson(text)
  if (!isTexts(given)) return
  const { bump, data } = parseOptions(given)
  restoresData(data)
  parseBump(bump)
}
const useLock = (text: string) => {
  const read = parseLock(text, 'lock.json')
  renderLock(read)
  planImages({ upstream: { python: 'python:3.13' }, lock: read, ids: {}, standIns: {} })
  standInFor('redis:8', read)
  buildArgv({ ...input, lock: read }, 'a', PLACES)
}
const useReference = (text: string) => {
  standInFor(text, lock)
  whyNoStandIn(text)
  registryOf(text)
  pinned(text, ID)
  buildArgv({ ...input, dockerfile: `FROM ${text}\nCOPY --from=${text} a b\n` }, 'a', PLACES)
  parseSettings([], { IMAGE_REPOSITORY: text })
}
const useTag = (tag: string) => {
  const version = versionOf({ ...revision, tag })
  const steps = planTags({ version, candidate: ID, tested: true, tags: {} }, false)
  for (const one of steps) expect(one.tag.length).toBeLessThanOrEqual(128)
}
const useChangelog = (changelog: string) => {
  readSection(changelog, '1.0.0')
  nameUnreleased(changelog, '1.1.0', date, [])
  planPublish('auto', { ...head, changelog }, date)
}
const useCommit = (text: string) => {
  renderChanges([parseChange(text)])
  planPublish('auto', { ...head, messages: [text], subject: text }, date)
}
const useRecords =
  <T>(check: Check<T>, use: (all: T[]) => unknown) =>
  (text: string) => {
    splitDamaged(text)
    use(parseRecords(text, check).records)
  }
const useEntries = useRecords(isReleaseEntry, (all) => {
  renderHistory(all, 0)
  for (const one of all) renderEntry(one, settings)
  planData({ entries: all, snapshots: [], verifications: [], expired: [], volumes: ['a'], namesOf: {} }, 5, false)
  chooseRelease(all, () => true, undefined, false)
})
const useVerifications = useRecords(isVerification, (all) => {
  renderSnapshots(parseSnapshots(JSON.stringify(examples.listed)).snapshots, all, 0)
  const { described: before } = examples.verification
  for (const { described } of all) lostIn(before, described).push(...diffDescriptions(before, described))
})
const useChecked =
  <T>(check: Check<T>, use: (one: T) => unknown) =>
  (text: string) => {
    const value = tryJson(text)
    if (check(value)) use(value)
  }
const state = (labels: object, evidence = undefined) => ({
  repository: 'a',
  digest: ID,
  dockerfile: 'x',
  labels,
  evidence,
})
const usePackages = (text: string) => {
  isInventory(text)
  const paths = ['var/lib/dpkg/status', 'lib/apk/db/installed', 'x.dist-info/METADATA', 'usr/lib/os-release']
  sbomOf(
    'a',
    'b',
    ID,
    [...paths, 'node_modules/a/package.json'].map((path) => ({ path, text })),
  )
}
const useStates = (text: string) => {
  const [states = '', stats = ''] = text.split('\n\n')
  parseServers(states, stats)
  parseLive(text)
}
const useConfig = (text: string) => {
  renderConfig({ template, hold: 10 }, release.routes, parseSets(text))
  keptStates(text)
}
const useBackup = (text: string) => parseBackup(acceptStoredAgain({ stdout: text, stderr: text, exitCode: 3 }))
const useSnapshots = (text: string) => {
  const { snapshots } = parseSnapshots(text)
  renderSnapshots(snapshots, [], 0)
  chooseSnapshot(snapshots, [], undefined)
}
const useHealth = (body: string) => {
  const problem = identityProblem({ path: '/', status: 200, body: body.slice(0, 65_536) }, image)
  if (problem) throw new Failure(problem, { next: '' })
}
const useMoved = (text: string) => {
  const all = parseOutdated(text)
  if (typeof all === 'string') return
  for (const { name, current, wanted, latest } of all)
    for (const spec of ['1.0.0', '^1.0.0', latest])
      npmRow('x', { name, spec, current, wanted, latest, compatible: [latest, ...parseVersions(text)] })
}
const useRequirements = (text: string) => {
  const rows = parseRequirements(text).map((one) => pythonRow('x', one, ['1.0', '2.0', text]))
  movePins(text, rows)
}

type Door = readonly [name: string, inputs: fc.Arbitrary<string>, use: (text: string) => unknown]
const texts = (...all: string[]) => mutatedTexts(all)
const values = (...all: unknown[]) => mutatedValues(all).map((one) => JSON.stringify(one) ?? 'null')
const lines = (...all: unknown[]) => all.map((one) => JSON.stringify(one)).join('\n')
const given = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]))
const DOORS: readonly Door[] = [
  ['an env file', texts(readFileSync('.env.example', 'utf8'), 'PORT=8081\nAPP_A="b"\n'), useEnv],
  [
    "Compose's reading of it",
    values({ services: { probe: { environment: { A: 'b' } } } }),
    (text) => firstDifference({ A: 'b' }, text),
  ],
  ['settings', values(given), useChecked(isTexts, (one) => parseSettings([], one))],
  [
    'options',
    values({ VERSION: '1.0.0', FORCE: 'untested,retest', JSON: '1', BUMP: 'auto', DATA: 'restore' }),
    useOptions,
  ],
  ['a Compose file', texts(stringify(examples.compose)), (text) => useCompose(parseCompose(text, 'x'))],
  ["a Compose file's values", values(examples.compose), (text) => useCompose(parseCompose(text, 'x'))],
  ['a Compose file to adopt', texts(stringify(examples.adopted)), (text) => useTree({ compose: project(text) })],
  [
    "the same file's values",
    values(examples.adopted),
    (text) => useTree({ sources: { 'nginx.conf': examples.NGINX, Dockerfile: DOCKERFILE }, compose: project(text) }),
  ],
  [
    'nginx',
    texts(examples.NGINX),
    (text) => useTree({ sources: { 'nginx.conf': text, Dockerfile: 'FROM x' }, compose: adopted }),
  ],
  [
    'sources',
    texts(examples.SOURCE),
    (text) => useTree({ sources: { 'a.js': text, 'a.py': text, 'package.json': text, 'requirements.txt': text } }),
  ],
  [
    'package.json',
    values({ scripts: { start: 'node a.js', build: 'x' } }),
    (text) => useTree({ sources: { 'package.json': text } }),
  ],
  [
    'a Dockerfile',
    texts(DOCKERFILE, 'FROM a AS b\nFROM b\nENV A=b\nCMD ["x"]\n'),
    (text) => buildArgv({ ...input, dockerfile: text }, 'a', PLACES),
  ],
  ['a Dockerfile to adopt', texts(DOCKERFILE), (text) => useTree({ sources: { Dockerfile: text } })],
  [
    'upstream.Dockerfile',
    texts('FROM python:3.13 AS python\n'),
    (text) => [parseUpstream(text), parseDockerfile(text)],
  ],
  ['lock.json', values(lock), useLock],
  ['a reference', texts('registry.example.com:5000/team/journal:1.4.2', 'redis:8', `a@${ID}`), useReference],
  [
    'a version',
    texts('1.4.2', '1.4.3-dev.5.gabc1234'),
    (text) => [tagsFor(text, ['1.0.0']), sortVersions(['1.0.0', text].filter(isVersion))],
  ],
  ['a git tag', texts('v1.4.2', `v1.0.0-${'a'.repeat(129)}`), useTag],
  [
    'CHANGELOG.md',
    texts(readFileSync('CHANGELOG.md', 'utf8').slice(0, 2000), '# Changelog\n\n## 1.0.0 - 2026\n\n- a\n\n[a]: b\n'),
    useChangelog,
  ],
  ['a commit', texts(examples.COMMIT, 'Revert "x"\n\nThis reverts commit abc.\n'), useCommit],
  ['releases.jsonl', texts(`${lines(entry, entry)}\n${formatRecord(entry)}`), useEntries],
  ["a release's record", values(entry), useEntries],
  ["a release's file", values(toFile(release)), useChecked(isReleaseFile, (file) => useRelease(fromFile(file)))],
  ['snapshots.jsonl', values(examples.verification), useVerifications],
  [
    'evidence',
    values(examples.evidence),
    useChecked(isEvidence, (one) => provenanceOf({ ...state({}), labels: {}, evidence: one })),
  ],
  [
    'a run log',
    values(examples.runLog),
    useChecked(isRunLog, (one) => describeRun(one) + new Date(Date.parse(one.since)).toISOString()),
  ],
  ['bundle.json', values(examples.bundle), (text) => parseBundle(text).evidence?.suites.map(({ name }) => name)],
  ['lists of packages', texts(examples.PACKAGES, '{"name": "@a/b", "version": "1.0.0"}'), usePackages],
  ["a package's values", values({ name: '@a/b', version: '1.0.0' }), usePackages],
  [
    'labels',
    values({ 'org.opencontainers.image.base.digest': ID }),
    useChecked(isTexts, (labels) => provenanceOf({ ...state({}), labels })),
  ],
  ["the proxy's answers", texts(examples.STATES, '0x1 app blue\n0x2 api green\n'), useStates],
  [
    "the proxy's configuration",
    texts(renderConfig({ template: '', hold: 10 }, release.routes, examples.sets)),
    useConfig,
  ],
  ["the proxy's sets", values(examples.sets).map((text) => `# sets ${JSON.stringify(JSON.parse(text))}`), useConfig],
  ['a backup', texts(lines(...examples.backup)), useBackup],
  ["a backup's lines", values(...examples.backup).map((text) => JSON.stringify(JSON.parse(text))), useBackup],
  ['snapshots', values(examples.listed), useSnapshots],
  [
    "a hook's line",
    values({ entries: { rows: 12 } }),
    useChecked(isDescription, (one) => diffDescriptions(one, { entries: { rows: 13 } })),
  ],
  ['the index of an archive', values([{ Config: 'a', RepoTags: ['b'] }], { manifests: [{ digest: ID }] }), inOneOrder],
  ['a manifest', values({ config: { digest: ID } }), (text) => imageOf(text, ID).slice(0)],
  [
    'contexts',
    values([examples.context]),
    (text) => {
      for (const one of parseContexts(text)) requireSafe(one, 'deploy')
    },
  ],
  ['a health body', values({ version: '1.4.2', revision: 'abc' }), useHealth],
  ['address pools', values([{ Base: '10.0.0.0/8', Size: 24 }]), (text) => roomFor(tryJson(text))],
  ['npm outdated', values(examples.moved), useMoved],
  [
    'npm and pip',
    values({ dependencies: { a: '1.0.0' }, packages: { a: { version: '1' } }, versions: ['1.0'] }),
    (text) => [parseNpmLock(text)('a'), parseIndex(text), parseSpecs(text, 'package.json')],
  ],
  ['a newer toolkit', values({ ledger: 1 }), (text) => requireReads(text, '2.0.0', 'journal', 1)],
  ['its tags', texts('v1.0.0 v2.0.0-rc.1 x'), (text) => chooseUpgrade(text.split(' '), undefined)],
  ['what pip reports', values(examples.pip), readReport],
  ['requirements', texts('flask==3.1.1\nrequests[x]>=2 ; a\n-r b\n'), useRequirements],
]

// Uses what a text says, or refuses it in one line, within seconds of the processor: the host may be busy.
function mustEnd(use: Door[2], text: string, seconds: number): void {
  const began = process.cpuUsage()
  try {
    use(text)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    expect([error.message.split('\n').length, error.message.length > 1100]).toEqual([1, false])
  }
  const { user, system } = process.cpuUsage(began)
  expect((user + system) / 1e6, text.slice(0, 40)).toBeLessThan(seconds)
}

// The same inputs at each run: 10,000 of them in `make check`, and forty times as many with DARTAGNAN_PROOF=1.
const numRuns = Math.ceil(roundsOf(5_000, 400_000) / DOORS.length)

test.each(DOORS)('%s: whatever it holds must be read, or refused in one line, within a second', (_, inputs, use) => {
  fc.assert(
    fc.property(inputs, (text) => mustEnd(use, text, 1)),
    { seed: 20_261_128, numRuns },
  )
})

const closed = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const aliases = ['a: &a [x, x]', ...'bcdefghij'].map((name, index) => {
  const before = `*${'abcdefghij'[index - 1]}`
  return index === 0 ? name : `${name}: &${name} [${[before, before, before, before]}]`
})
const keys = Array.from({ length: 200_000 }, (_, key) => [`k${key}`, 'x'])
const BOMBS: readonly string[] = [
  ...['['.repeat(8192), closed(8192), '{"a":'.repeat(8192), '? '.repeat(8192), '- '.repeat(8192), aliases.join('\n')],
  ...['{"__proto__":{"image":"x"}}', '__proto__: {image: x}', '[{"__proto__":null}]', closed(1_000_000)],
  ...[JSON.stringify(Object.fromEntries(keys)), keys.map((pair) => pair.join(': ')).join('\n'), 'x'.repeat(900_000)],
]

test.each(DOORS)('%s: what is deep, large or a part of itself must be read or refused, too', (_, __, use) => {
  for (const text of casesOf(BOMBS, ({ length }) => length < 100_000)) mustEnd(use, text, 2)
  expect(Object.hasOwn(Object.prototype, 'image')).toBe(false)
})

test.each([
  ['JSON', tryJson],
  ['YAML', (text) => parseYaml(text, 'x')],
  ['records', (text) => parseRecords(text, isTexts)],
  ['a Dockerfile', parseDockerfile],
] satisfies [string, Door[2]][])(
  '%s: even the largest of these must be read or refused within two seconds',
  (_, use) => {
    for (const text of BOMBS) mustEnd(use, text, 2)
  },
)
