/** The name of the JUnit file of a suite. */
export const junitName = (suite: string): string => `junit-${suite}.xml`

/**
 * The name of the JUnit file for a report that the own tests of a build wrote (the application's has no name); undefined unless the
 * report's name is a plain XML file's.
 */
export function applicationReport(name: string, build = ''): string | undefined {
  const [, stem] = /^(?:junit[-_.]?)?([\w.-]*)\.xml$/.exec(name) ?? []
  if (stem === undefined) return undefined
  return junitName(['application', build, stem].filter(Boolean).join('-'))
}

/** How many tests a JUnit file tells of. */
export const countTests = (report: string): number => report.match(/<testcase[\s>]/g)?.length ?? 0

/** The first line of what the first failure in a JUnit file says. */
export const firstFailure = (report: string): string | undefined =>
  /<failure message="([^"\n]+?)(?:&#10;|["\n])/
    .exec(report)?.[1]
    ?.replace(/&(\w+);/g, (all, name: string) => ENTITIES[name] ?? all)
const ENTITIES: Readonly<Record<string, string>> = { quot: '"', apos: "'", lt: '<', gt: '>', amp: '&' }

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

/** Where Vitest finds its configuration and itself, and where it writes; by default as in this repository. */
type Places = { readonly root: string; readonly vitest: string; readonly reports: string }
export const HOME: Places = { root: '.', vitest: 'node_modules/.bin/vitest', reports: 'reports' }

/** The command that runs a project of vitest.config.ts, and writes its results to a JUnit file. */
export const vitestArgv = (
  project: string,
  suite = project,
  { root, vitest, reports } = HOME,
): [string, ...string[]] => [
  vitest,
  ...['run', '--configLoader=native', '--root', root, '--project', project, '--reporter=default', '--reporter=junit'],
  `--outputFile.junit=${reports}/${junitName(suite)}`,
]
