/** The CI servers whose logs can be folded; `plain` stands for any other server, and for a terminal. */
export type CiServer = 'github' | 'gitlab' | 'azure' | 'teamcity' | 'buildkite' | 'plain'

// Each server sets its variable in every job, by its documentation. Forgejo and Gitea set and read what GitHub does.
// The package ci-info would not be shorter: it reads the environment on import, and most of its servers fold nothing.
const MARKS: readonly (readonly [string, CiServer])[] = [
  ['GITHUB_ACTIONS', 'github'],
  ['GITLAB_CI', 'gitlab'],
  ['TF_BUILD', 'azure'],
  ['TEAMCITY_VERSION', 'teamcity'],
  ['BUILDKITE', 'buildkite'],
]

/** The names of the variables that tell the servers apart. */
export const serverVariables = MARKS.map(([name]) => name)

/** The server that runs this job, by the variables of its environment. */
export const detectServer = (environment: Readonly<Record<string, string | undefined>>): CiServer =>
  MARKS.find(([name]) => environment[name])?.[1] ?? 'plain'
