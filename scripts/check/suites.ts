import type { Argv } from '../cli/argv.ts'
import { Failure } from '../cli/failure.ts'
import { HOME, vitestArgv } from '../image/junit.ts'

type Command = {
  readonly argv: Argv
  readonly env?: Readonly<Record<string, string>>
  /** Whether it runs as many files of tests at once as the host can bear. */
  readonly parallel?: boolean
}
/** A suite of `make check`: what it runs, in order. */
export type Suite = {
  readonly name: string
  readonly commands: readonly Command[]
}

/** The suites of `make check`, cheapest first. `shells` and `yamls` are the files for their linters. */
export function suites(shells: readonly string[], yamls: readonly string[]): Suite[] {
  return [
    {
      name: 'lint',
      commands: [
        { argv: ['node_modules/.bin/biome', 'ci', '--colors=off', '--error-on-warnings'] },
        { argv: ['shellcheck', ...shells] },
        { argv: ['yamllint', '--strict', ...yamls] },
        { argv: ['sh', 'scripts/check/signatures.sh'] },
      ],
    },
    { name: 'types', commands: [{ argv: ['node_modules/.bin/tsc', '--project', '.'] }] },
    { name: 'unit', commands: [{ argv: vitestArgv('unit') }] },
    { name: 'end-to-end', commands: [{ argv: vitestArgv('scenarios', 'end-to-end'), parallel: true }] },
  ]
}

// Swarms of three engines, with one of each kind of fault: more than `make check` has time for (docs/decisions/0026).
const SWARM: Suite = {
  name: 'swarm',
  commands: [
    {
      argv: [...vitestArgv('scenarios', 'swarm'), 'scenarios/swarm'],
      env: { DARTAGNAN_SWARM: '1' },
      parallel: true,
    },
  ],
}

/**
 * The suite that SUITE= names, the tests below the path that it gives, or all suites. Throws a Failure that lists the
 * suites where there is no such one.
 */
export function chooseSuites(all: readonly Suite[], wanted: string | undefined): readonly Suite[] {
  if (wanted?.startsWith('scripts/')) return [below(wanted)]
  if (wanted === SWARM.name) return [SWARM]
  const chosen = all.filter(({ name }) => wanted === undefined || name === wanted)
  if (chosen.length > 0) return chosen
  const names = [...all, SWARM].map(({ name }) => name).join(', ')
  throw new Failure(
    `there is no suite SUITE=${JSON.stringify(wanted)}; the suites are ${names}; or give a path, such as scripts/data`,
    {
      next: 'make check',
    },
  )
}

// The tests below a path of the checkout, by the project of vitest.config.ts that has them.
function below(path: string): Suite {
  const parallel = /^scripts\/scenarios\b/.test(path)
  return { name: path, commands: [{ argv: [...vitestArgv(parallel ? 'scenarios' : 'unit'), path], parallel }] }
}

/** Where the tests of `make proof` leave their results, as Vitest writes them. */
export const PROOF_RESULTS = `${HOME.reports}/proof.json`

/** The suite of `make proof`: every scenario with every case, or those below the path that SUITE= gives. */
export const proofSuite = (path: string | undefined): Suite => ({
  name: 'proof',
  commands: [
    {
      argv: [
        ...vitestArgv('scenarios', 'proof'),
        ...['--reporter=json', `--outputFile.json=${PROOF_RESULTS}`],
        ...(path ? [path] : []),
      ],
      env: { DARTAGNAN_PROOF: '1' },
      parallel: true,
    },
  ],
})
