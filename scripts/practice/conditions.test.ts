import { expect, test } from 'vitest'
import type { Look, SeenContainer } from '../tour/look.ts'
import { ended, gone, publishes, runs } from './container-conditions.ts'
import type { Condition } from './exercise.ts'

const NOW = 1_000_000
const CONTAINER: SeenContainer = {
  ...{ id: '1', image: 'sha256:1', imageName: 'practice-python', command: [], environment: [], exitCode: 0 },
  ...{ status: 'running', startedAt: 1, finishedAt: 0, mounts: [], networks: {}, ports: [], labels: {} },
}
// An engine with one container, practice-web.
const lookAt = (change: Partial<SeenContainer>): Look => ({
  container: async (name) => (name === 'practice-web' ? { ...CONTAINER, ...change } : undefined),
  image: async () => undefined,
  has: async () => false,
  changes: async () => [],
  output: async () => '',
  ask: async () => undefined,
  now: () => NOW,
})
const FAILED = { status: 'exited', exitCode: 1, finishedAt: NOW - 4000 }

test.each<[Condition, Partial<SeenContainer>, boolean, string, string]>([
  [runs('practice-web'), {}, true, 'the container practice-web runs', 'der Container practice-web läuft'],
  [
    ...([runs('practice-web'), FAILED, false] as const),
    'the container practice-web is not running: it ended with status 1, 4 seconds ago',
    'der Container practice-web läuft nicht: er endete vor 4 Sekunden mit Status 1',
  ],
  [
    ...([ended('practice-web', 0), { ...FAILED, exitCode: 137, finishedAt: NOW - 180_000 }, false] as const),
    'the container practice-web ended with status 137 (killed), 3 minutes ago',
    'der Container practice-web endete vor 3 Minuten mit Status 137 (getötet)',
  ],
  [
    ...([runs('practice-web'), { status: 'created' }, false] as const),
    'the container practice-web was never started',
    'der Container practice-web wurde nie gestartet',
  ],
  [
    ...([runs('practice-db'), {}, false] as const),
    'there is no container practice-db',
    'es gibt keinen Container practice-db',
  ],
  [gone('practice-web'), {}, false, 'the container practice-web runs', 'der Container practice-web läuft'],
  [
    ...([publishes('practice-web', 8000, 8095), { ports: [{ inside: 8095, outside: 8000 }] }, false] as const),
    'practice-web publishes (port of this host → its own port): 8000 → 8095',
    'practice-web veröffentlicht (Port dieses Rechners → eigener Port): 8000 → 8095',
  ],
])('case %#: a condition must say what the engine looks like', async (condition, change, holds, en, de) => {
  expect(await condition(lookAt(change))).toEqual({ holds, said: { en, de } })
})
