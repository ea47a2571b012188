/** The CI servers whose logs can be folded; `plain` is any other, and a terminal. */
export type CiServer = 'github' | 'gitlab' | 'azure' | 'teamcity' | 'buildkite' | 'plain'

// What each server sets in every job, by its own documentation. Forgejo and Gitea set and read what GitHub does.
const MARKS: readonly (readonly [string, CiServer])[] = [
  ['GITHUB_ACTIONS', 'github'],
  ['GITLAB_CI', 'gitlab'],
  ['TF_BUILD', 'azure'],
  ['TEAMCITY_VERSION', 'teamcity'],
  ['BUILDKITE', 'buildkite'],
]

/** The names of the variables by which servers are told apart. */
export const serverVariables = MARKS.map(([name]) => name)

/** The server whose job this is. */
export const detectServer = (environment: Readonly<Record<string, string | undefined>>): CiServer =>
  MARKS.find(([name]) => environment[name])?.[1] ?? 'plain'
