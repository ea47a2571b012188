import type { CiServer } from '../config/ci-server.ts'

/** The line that opens a group of log lines for the step `name`. `seconds` counts from 1970. */
export function openGroup(server: CiServer, name: string, text: string, seconds: number): string {
  const lines: Record<CiServer, string> = {
    github: `::group::${escapeGithub(text)}`,
    gitlab: `${CLEAR}section_start:${seconds}:${name}[collapsed=true]\r${CLEAR}${text}`,
    azure: `##[group]${text}`,
    teamcity: `##teamcity[blockOpened name='${escapeTeamcity(name)}' description='${escapeTeamcity(text)}']`,
    buildkite: `--- ${text}`,
    plain: `=== ${text}`,
  }
  return lines[server]
}

/** The line that closes a group; undefined if the next group does. Buildkite unfolds a group that failed. */
export function closeGroup(server: CiServer, name: string, passed: boolean, seconds: number): string | undefined {
  const lines: Partial<Record<CiServer, string>> = {
    github: '::endgroup::',
    gitlab: `${CLEAR}section_end:${seconds}:${name}\r${CLEAR}`,
    azure: '##[endgroup]',
    teamcity: `##teamcity[blockClosed name='${escapeTeamcity(name)}']`,
    ...(passed ? {} : { buildkite: '^^^ +++' }),
  }
  return lines[server]
}

/** The line that makes a server show a failure beside the log; undefined if the server knows no such line. */
export function annotateFailure(server: CiServer, text: string): string | undefined {
  const lines: Partial<Record<CiServer, string>> = {
    github: `::error title=make ci::${escapeGithub(text)}`,
    azure: `##[error]${text}`,
    teamcity: `##teamcity[buildProblem description='${escapeTeamcity(text)}']`,
  }
  return lines[server]
}

// GitLab expects the sequence that clears a line in front of its section markers.
const CLEAR = '\x1b[0K'
const escapeGithub = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const escapeTeamcity = (text: string) =>
  text
    .replaceAll(/[|'[\]]/g, '|$&')
    .replaceAll('\n', '|n')
    .replaceAll('\r', '|r')
