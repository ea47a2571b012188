import { basename } from 'node:path'
import { renderTable } from '../cli/table.ts'

/** What Vitest's JSON reporter says of a run: https://vitest.dev/guide/reporters#json-reporter. */
export type VitestResults = {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      /** In milliseconds. */
      readonly duration?: number | null
    }[]
  }[]
}

/** One test of a proof. */
export type Proven = {
  readonly file: string
  readonly test: string
  readonly passed: boolean
  readonly seconds: number
}

/** The tests of a run, in the order of their files. */
export const provenIn = ({ testResults }: VitestResults): Proven[] =>
  testResults
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, status, duration }) => ({
        file: basename(name).replace(/(\.proof)?\.it\.test\.ts$/, ''),
        test: fullName.trim(),
        passed: status === 'passed',
        seconds: Math.round((duration ?? 0) / 1000),
      })),
    )

/** The files of a proof as a table: how many of their tests passed, and how long these took. */
export function renderProof(proven: readonly Proven[]): string {
  const files = [...Map.groupBy(proven, ({ file }) => file)]
  const rows = files.map(([file, tests]) => [
    file,
    String(tests.length),
    String(tests.filter(({ passed }) => !passed).length),
    `${tests.reduce((sum, { seconds }) => sum + seconds, 0)} s`,
  ])
  return renderTable(['SCENARIO', 'TESTS', 'FAILED', 'TIME'], rows)
}

/** Every test of a proof as a table in Markdown. */
export const renderProofPage = (proven: readonly Proven[]): string =>
  [
    '| Scenario | Test | Outcome | Time |',
    '|---|---|---|---|',
    ...proven.map(({ file, test, passed, seconds }) => {
      const cell = test.replaceAll('|', '\\|').replaceAll('\n', ' ')
      return `| ${file} | ${cell} | ${passed ? 'passed' : '**FAILED**'} | ${seconds} s |`
    }),
    '',
  ].join('\n')
