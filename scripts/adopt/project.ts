import { posix } from 'node:path'
import { type Finding, listFindings, missing, note } from './finding.ts'
import type { SourceTree } from './source-tree.ts'

/** Names the problems of the folder as a whole. */
export function projectFindings({ files, compose, live, dir }: SourceTree): Finding[] {
  const file = compose?.file ?? ''
  return listFindings(
    compose?.problem
      ? missing('compose', `${file} cannot be read: ${compose.problem}`, remedyOf(compose.problem, file, files))
      : undefined,
    compose?.override !== undefined &&
      note(
        'compose',
        `${posix.join(dir, compose.override)} is not read`,
        'it is usually for development: copy what production needs into the proposed file',
      ),
    (compose?.others ?? []).length > 0 &&
      note('compose', `not read: ${compose?.others?.join(', ')}`, `to adopt another one, set APP_DIR to its folder`),
    (compose?.profiled ?? []).length > 0 &&
      note(
        'compose',
        `left out, because Compose starts them only with a profile: ${compose?.profiled?.join(', ')}`,
        'add those that production needs to the proposed file',
        { where: file },
      ),
    live.length > 0 &&
      note(
        'data',
        `${live.join(', ')}: volumes of ${file} on this engine`,
        'follow docs/guides/take-over.md; the commands are printed below',
      ),
    dir !== '.' &&
      files.includes('.git') &&
      missing(
        'git',
        `${dir} is a repository of its own, so this checkout would commit none of its files`,
        `rm -rf ${dir}/.git   (or git subtree add)`,
      ),
  )
}

// Compose needs a file that a repository only has an example of.
function remedyOf(problem: string, file: string, files: readonly string[]): string {
  const [, wanted = ''] = /env file (?:\S*\/)?([\w.-]+) not found/.exec(problem) ?? []
  const example = files.find(
    (one) =>
      /^(.*\/)?\.?(env\.(example|sample|template|dist)|example\.env)$/.test(one) ||
      (wanted && one.startsWith(`${wanted}.`)),
  )
  return wanted && example
    ? `cp ${example} ${posix.join(posix.dirname(example), wanted)}   (then fill it in)`
    : `docker compose -f ${file} config`
}
