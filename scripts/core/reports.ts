/** Where JUnit files and summaries go: a folder of the checkout that git ignores. */
export const REPORTS = 'reports'
export const SUMMARY = `${REPORTS}/summary.md`

/** The JUnit file of a suite. */
export const junitFile = (suite: string): string => `${REPORTS}/junit-${suite}.xml`

/** The JUnit file for one that the application's own tests wrote; undefined for a name that is no plain XML file's. */
export function applicationReport(name: string): string | undefined {
  const [, stem] = /^(?:junit[-_.]?)?([\w.-]*)\.xml$/.exec(name) ?? []
  if (stem === undefined) return undefined
  return junitFile(stem === '' ? 'application' : `application-${stem}`)
}

/** The command that runs a project of vitest.config.ts, with its outcome as a JUnit file, too. */
export const vitestArgv = (project: string, suite = project): [string, ...string[]] => [
  'node_modules/.bin/vitest',
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=junit',
  `--outputFile.junit=${junitFile(suite)}`,
]
