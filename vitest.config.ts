import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// Every project but `unit` needs the engine. Nothing is retried: a flaky test is a defect.
// The limits are for what hangs: on a slow host beside a busy file the longest test takes a third of them.
const onEngine = { testTimeout: 900_000, hookTimeout: 900_000, env: { TESTCONTAINERS_RYUK_DISABLED: 'true' } }
// `make test` says where the application's own tests are.
const appTests = `${process.env['TESTS'] || 'sample-app/tests'}/**/*.it.test.ts`

// The longest first, so that all workers end at the same time: Vitest knows only how long a file's text is.
const LONGEST = [
  'sample',
  'rollout',
  'sentinel',
  'gate',
  'code-and-data',
  'network-faults',
  'proxy',
  'damage',
  'ship',
  'bad-versions',
  'own',
  'operate',
  'guarded',
  'kill-data',
  'door',
  'kill-deploy',
]
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      [...LONGEST, ''].findIndex((name) => moduleId.includes(`scenarios/${name}`))
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['scripts/**/*.test.ts'],
          exclude: ['**/*.it.test.ts', '**/node_modules/**'],
          testTimeout: 60_000,
          // Files share what they import: a third of their time (55 s and 37 s). None of it may keep what a test has done.
          isolate: false,
          // Of two processors Vitest would take one.
          maxWorkers: 3,
        },
      },
      { test: { ...onEngine, name: 'image', include: ['scripts/test/**/*.it.test.ts', appTests], maxWorkers: 2 } },
      {
        test: {
          ...onEngine,
          name: 'scenarios',
          include: ['scripts/scenarios/**/*.it.test.ts'],
          // Those are for `make proof` alone.
          exclude: process.env['DARTAGNAN_PROOF'] || process.env['DARTAGNAN_SWARM'] ? [] : ['**/*.proof.it.test.ts'],
          // `make check` measures how many the host can bear.
          maxWorkers: Number(process.env['DARTAGNAN_WORKERS'] ?? 2),
        },
      },
    ],
  },
})
