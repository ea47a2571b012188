import { posix } from 'node:path'
import { shownPath } from './draft.ts'
import { type Finding, listFindings, missing, note } from './finding.ts'
import type { Project, SourceTree } from './source-tree.ts'

/** Names the problems of the folder as a whole. */
export function projectFindings(tree: SourceTree): Finding[] {
  const { files, compose, live, dir, tracked } = tree
  const file = compose?.file ?? ''
  const modules = [...(tree.sources['.gitmodules'] ?? '').matchAll(/^\s*path\s*=\s*(\S+)/gm)].flatMap(
    ([, path = '']) => (path === '.dartagnan' ? [] : path),
  )
  return listFindings(
    compose?.problem
      ? missing('compose', `${file} cannot be read: ${compose.problem}`, remedyOf(compose.problem, file, tree))
      : undefined,
    compose?.override !== undefined &&
      note(
        'compose',
        `${posix.join(dir, compose.override)} is not read`,
        'it is usually for development: copy what production needs into the proposed file',
      ),
    (compose?.others ?? []).length > 0 &&
      note(
        'compose',
        `not read: ${compose?.others?.join(', ')}`,
        'to adopt another one, set APP_DIR to its folder, or copy it to compose.yaml',
      ),
    (compose?.profiled ?? []).length > 0 &&
      note(
        'compose',
        `left out, because Compose starts them only with a profile: ${compose?.profiled?.join(', ')}`,
        'add those that production needs to the proposed file',
        { where: file },
      ),
    compose !== undefined &&
      !compose.problem &&
      Object.keys(compose.services).length === 0 &&
      missing(
        'compose',
        `every service of ${file} needs a profile`,
        `echo COMPOSE_PROFILES=${(compose.profiled ?? ['…']).join(',')} >> ${posix.join(posix.dirname(file), '.env')}   (with the profiles that production needs), then run this again`,
        { where: file },
      ),
    ...(compose ? networkFindings(compose) : []),
    (compose?.unset ?? []).length > 0 &&
      note(
        'compose',
        `variables without a value: ${compose?.unset?.join(', ')}`,
        `write them to ${posix.join(posix.dirname(file), '.env')}${exampleOf(files, '.env')}, then run this again`,
        { where: file },
      ),
    tracked.includes('.env') &&
      missing(
        'secrets',
        'git keeps .env, and secrets would be written to it',
        'git rm --cached .env && echo .env >> .gitignore && git commit -m "Keep .env out of git"',
      ),
    modules.length > 0 &&
      (!compose || Object.values(compose.services).some(({ build }) => build)) &&
      missing(
        'git',
        `${modules.join(', ')}: git keeps submodules in other repositories, so a build has empty folders there`,
        `commit their files (git submodule update --init && git rm --cached ${modules[0]} && rm -rf ${modules[0]}/.git && git add ${modules[0]}), or let the Dockerfile fetch them`,
        { where: '.gitmodules' },
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
function remedyOf(problem: string, file: string, tree: SourceTree): string {
  const { files } = tree
  const [, wanted = ''] = /env file (\S+) not found/.exec(problem) ?? []
  const [, variable = ''] = /required variable (\w+) is missing/.exec(problem) ?? []
  const folder = posix.dirname(file)
  if (wanted) {
    const example = exampleOf(files, posix.basename(wanted))
    return `create ${shownPath(tree, wanted)}${example || '   (touch is enough where nothing has to be set)'}, then run this again`
  }
  if (variable)
    return `write ${variable}=… to ${posix.join(folder, '.env')}${exampleOf(files, '.env')}, then run this again`
  if (tree.compose?.unset?.length) return `give the variables below their values first, then run this again`
  return `correct ${file} until this accepts it: docker compose -f ${file} config`
}

function exampleOf(files: readonly string[], wanted: string): string {
  // `.env.example` is that of `.env`, rather than `.env.dusk.example`.
  const found = files
    .toSorted((one, other) => one.length - other.length)
    .find((one) => {
      const name = posix.basename(one)
      return (
        /(^|[._-])env([._-]|$)/.test(name) &&
        name !== wanted &&
        /[._-](example|sample|template|dist|default)s?$/.test(name)
      )
    })
  return found ? `   (${found} is an example)` : ''
}

// All services of a release are on one network.
function networkFindings({ networks = {}, services, file }: Project): Finding[] {
  return Object.entries(networks).flatMap(([name, network]) => {
    const users = Object.keys(services).filter((one) => name in ((services[one]?.['networks'] ?? {}) as object))
    if (users.length === 0 || !network) return []
    const shown = network.name ?? name
    if (network.external)
      return missing(
        'networks',
        `${shown} is external: what else is on it is no longer reached, and no longer reaches ${users.join(', ')}`,
        `where that is needed, add ${shown} to the networks of these services, and to networks: with external: true`,
        { where: file },
      )
    return network.internal
      ? note(
          'networks',
          `${name} had no way out; the one network of the release has`,
          'set APP_INTERNAL=true where no service needs the internet',
          { where: file },
        )
      : []
  })
}
