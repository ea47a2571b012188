/** Where JUnit files and summaries go: a folder of the checkout that git ignores. */
export const REPORTS = 'reports'
export const SUMMARY = `${REPORTS}/summary.md`
/** The table that `make proof` writes. */
export const PROOF_PAGE = `${REPORTS}/proof.md`

/** The JUnit file of a suite. */
export const junitFile = (suite: string): string => `${REPORTS}/junit-${suite}.xml`

/**
 * The JUnit file for a report that the application's own tests wrote; undefined unless its name is a plain XML file's.
 */
export function applicationReport(name: string): string | undefined {
  const [, stem] = /^(?:junit[-_.]?)?([\w.-]*)\.xml$/.exec(name) ?? []
  if (stem === undefined) return undefined
  return junitFile(stem === '' ? 'application' : `application-${stem}`)
}

/** Whether a report comes from `make test`, and so belongs to an image. */
export const isTestReport = (name: string): boolean => /^junit-(application(-[\w.-]+)?|integration)\.xml$/.test(name)

// The most bytes to keep of one report, and of all reports of an image.
const MOST = 5_000_000
const MOST_TOGETHER = 20_000_000

/** The reports that are too large to keep with the evidence: above 5 MB each, or beyond 20 MB together. */
export function tooLarge<T extends { readonly bytes: number }>(files: readonly T[]): T[] {
  let together = 0
  return files.filter(({ bytes }) => {
    const fits = bytes <= MOST && together + bytes <= MOST_TOGETHER
    if (fits) together += bytes
    return !fits
  })
}

/** The command that runs a project of vitest.config.ts, and writes its results to a JUnit file. */
export const vitestArgv = (project: string, suite = project): [string, ...string[]] => [
  'node_modules/.bin/vitest',
  'run',
  '--project',
  project,
  '--reporter=default',
  '--reporter=junit',
  `--outputFile.junit=${junitFile(suite)}`,
]
