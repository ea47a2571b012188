import { globSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { Failure } from '../cli/failure.ts'
import { type Forced, type ForceWord, forceWords } from '../config/options.ts'
import { requireVisible } from '../data/hidden-files.ts'
import { planData } from '../data/prune-plan.ts'
import { requireSaved } from '../data/unsaved.ts'
import { planVolumes, requireFilled, requireOwnProject } from '../data/volumes.ts'
import { planPush } from '../distribution/push-plan.ts'
import type { ComposeService } from '../docker/compose-model.ts'
import { COMPOSE_PROJECT, PROJECT_LABEL } from '../docker/labels.ts'
import { planTags } from '../image/tags.ts'
import { makeRelease } from '../release/make-release.ts'
import { checkPromotion } from '../remote/promotion.ts'
import { readRunLog } from '../state/io/run-log.ts'

const setAside = vi.hoisted(() => vi.fn())
vi.mock('../state/io/ledger.ts', () => ({
  readLedger: () => ({ format: 2 }),
  setAsideLedger: setAside,
}))

const mount = { type: 'volume', source: 'data', target: '/data' }
const image = 'sha256:1'
const releaseOf = (app: ComposeService) =>
  makeRelease(
    { name: 'p', services: { app: { image, ...app }, proxy: {} }, volumes: { data: {} } },
    { id: image, version: '1.0.0', revision: 'r', volumes: [] },
    { port: 8000, health: '/', replicas: 1 },
    { template: '', hold: 10 },
  )
const [release, bare] = [releaseOf({ volumes: [mount] }), releaseOf({})]
const state = (labels: Record<string, string>, createdAt = 'then') => ({ name: 'p_data', createdAt, labels })
const mine = { [PROJECT_LABEL]: 'p' }
const own = { PROJECT: 'p', IMAGE_REPOSITORY: 'shop', ENV: 'development' }
const untested = { version: '1.0.0', tested: false, image, candidate: image, tags: {} }

/** Each check that FORCE can skip: what the check refuses, and the one word that skips it. */
const checks: readonly (readonly [string, ForceWord, (forced: Forced) => unknown])[] = [
  ['a run log of another format', 'run-log', (forced) => readRunLog('p', forced)],
  ['a missing volume', 'empty-volume', (forced) => planVolumes(release, [], { p_data: 'then' }, undefined, forced)],
  [
    'a volume that was made anew',
    'empty-volume',
    (forced) => planVolumes(release, [state(mine, 'now')], { p_data: 'then' }, undefined, forced),
  ],
  ['a volume that was emptied', 'empty-volume', (forced) => requireFilled('p_data', forced)],
  [
    'a volume that docker compose has made',
    'compose-volume',
    (forced) => planVolumes(release, [state({ [COMPOSE_PROJECT]: 'p' })], {}, undefined, forced),
  ],
  [
    'a volume that is no longer mounted',
    'left-behind',
    (forced) => planVolumes(bare, [state(mine)], { p_data: 'then' }, release, forced),
  ],
  [
    'a volume that hides files of the image',
    'hidden-files',
    (forced) =>
      requireVisible({ service: 'app', path: '/app', image, volume: 'p_data' }, ['app.py'], 'in 1.0.0', forced),
  ],
  [
    'data outside of volumes',
    'unsaved-files',
    (forced) =>
      requireSaved([{ service: 'app', container: 'p-app-1', written: [], data: ['/app/x.db'], nameless: [] }], forced),
  ],
  [
    'another project with data of the same image',
    'second-project',
    (forced) => requireOwnProject(own, [{ ...own, PROJECT: 'q' }], forced),
  ],
  [
    'an image that has not served in the environment before',
    'promotion',
    (forced) => {
      const before = { ENV: 'staging', PROJECT: 'p-staging', ENGINE: '' }
      return checkPromotion({ version: '1.0.0', images: { '': image }, before, entries: [] }, forced)
    },
  ],
  ['a tag without evidence', 'untested', (forced) => planTags(untested, forced.has('untested'))],
  [
    'a push without evidence',
    'untested',
    (forced) => planPush({ ...untested, repository: 'r', tags: [], held: undefined }, forced.has('untested')),
  ],
]

test.each(checks)('%s must be refused whatever else is forced, and FORCE=%s alone must skip it', (_, word, check) => {
  const others = forceWords.filter((other) => other !== word)
  for (const forced of [[], others, ...others.map((other) => [other])])
    expect(() => check(new Set(forced)), forced.join(',')).toThrow(Failure)
  expect(() => check(new Set([word]))).not.toThrow()
  expect(() => check(new Set(forceWords))).not.toThrow()
  const next = expect.objectContaining({ next: expect.stringMatching(`FORCE=${word}(?![a-z-])`) })
  expect(() => check(new Set())).toThrow(next)
})

test('only its own word may set aside a run log that cannot be read', () => {
  setAside.mockClear()
  expect(() => readRunLog('p', new Set(forceWords.filter((word) => word !== 'run-log')))).toThrow(Failure)
  expect(setAside).not.toHaveBeenCalled()
  expect(readRunLog('p', new Set(['run-log']))).toBeUndefined()
  expect(setAside).toHaveBeenCalledOnce()
})

test("another project's volume must be refused, whatever FORCE names", () => {
  const states = [state({ [PROJECT_LABEL]: 'q' })]
  expect(() => planVolumes(release, states, {}, undefined, new Set(forceWords))).toThrow('belongs to the project "q"')
})

test('the report on a replaced volume without a verified snapshot must name the word that removes it', () => {
  const entry = {
    outcome: 'deployed',
    target: 'deploy',
    version: '1',
    revision: '',
    image,
    release: 'r',
    from: '',
  } as const
  const entries = [{ ...entry, by: 'e2e', at: '', ms: 0, cut: 0, held: 0, because: '' }]
  const namesOf = { r: ['p_data.2'] }
  const observed = { entries, snapshots: [], verifications: [], expired: [], volumes: ['p_data', 'p_data.2'], namesOf }
  const { removals, kept } = planData(observed, 5, false)
  expect(removals).toEqual([])
  expect(kept).toMatchObject([{ name: 'p_data', because: expect.stringContaining('make prune FORCE=unsaved-volume') }])
  expect(planData(observed, 5, true).removals).toMatchObject([{ id: 'p_data' }])
})

// A unit test cannot reach retest and no-snapshot. Code asks for each in one place, and must not ask for another word
// there.
test('the code must ask for each word by name, and a message must name it as well', () => {
  const texts = globSync('scripts/**/*.ts')
    .filter((file) => !/\.test\.ts$|options\.ts$/.test(file))
    .map((file) => readFileSync(file, 'utf8'))
  for (const word of forceWords) {
    expect(texts.filter((text) => text.includes(`has('${word}')`)).length, word).toBeGreaterThan(0)
    expect(texts.filter((text) => text.includes(`FORCE=${word}`)).length, word).toBeGreaterThan(0)
  }
})
