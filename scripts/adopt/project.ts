import { posix } from 'node:path'
import { unbuilt } from './alone.ts'
import { isWithin, shownPath } from './draft.ts'
import { type Finding, listFindings, missing, note, some } from './finding.ts'
import { append, createAll, exampleOf, remedyOf } from './remedy.ts'
import type { Project, SourceTree } from './source-tree.ts'

/** Names the problems of the folder as a whole. */
export function projectFindings(tree: SourceTree): Finding[] {
  const { files, compose, live, dir, tracked } = tree
  const file = compose?.file ?? ''
  const modules = [...(tree.sources['.gitmodules'] ?? '').matchAll(/^\s*path\s*=\s*(\S+)/gm)].flatMap(
    ([, path = '']) => (path === '.dartagnan' ? [] : path),
  )
  const joined = compose?.joined ?? []
  const rivals = compose?.rivals ?? []
  const said = (found: string, mend: string, where?: string) => note('compose', found, mend, where ? { where } : {})
  const aside = compose ? [] : files.filter((one) => COMPOSE.test(posix.basename(one)) && !one.startsWith('.'))
  return listFindings(
    aside.length > 0 &&
      said(
        `not read, for it is empty, or may be an example or a test: ${some(aside)}`,
        `where it says what the application needs (volumes, other services): ${takes(tree, [posix.join(dir, aside[0] ?? '')])}`,
      ),
    compose?.problem
      ? missing('compose', `${file} cannot be read: ${compose.problem}`, remedyOf(compose.problem, file, tree))
      : undefined,
    compose?.override !== undefined &&
      said(
        `${withOnly(compose, compose.override)} is not read`,
        `it is usually for development: copy what production needs into the proposed file, or have both read: ${takes(tree, [file, compose.override])}`,
      ),
    compose &&
      rivals.length > 0 &&
      missing(
        'compose',
        `${some([file, ...rivals])}: each folder has one, and nothing says which is the application`,
        `for one of them: ${takes(tree, [file])}   (with a colon between several that belong together)`,
      ),
    rivals.length === 0 &&
      (compose?.others ?? []).length > 0 &&
      said(
        `${[file, ...joined].join(' and ')} ${joined.length > 0 ? 'are' : 'is'} read; not read: ${some((compose?.others ?? []).map((one) => (compose ? withOnly(compose, one) : one)))}`,
        `for another one: ${takes(tree, [likeliest(compose?.others ?? [])])}   (with a colon between several that belong together)`,
      ),
    (compose?.profiled ?? []).length > 0 &&
      said(
        `left out, because Compose starts them only with a profile: ${compose?.profiled?.join(', ')}`,
        'add those that production needs to the proposed file',
        file,
      ),
    compose !== undefined &&
      !compose.problem &&
      Object.keys(compose.services).length === 0 &&
      missing(
        'compose',
        `every service of ${file} needs a profile`,
        `${append(`COMPOSE_PROFILES=${(compose.profiled ?? ['…']).join(',')}`, posix.join(posix.dirname(file), '.env'))}   (with the profiles that production needs), then run this again`,
        { where: file },
      ),
    compose && !compose.problem ? unsetFinding(tree, compose) : undefined,
    (compose?.absent ?? []).length > 0 &&
      !compose?.problem &&
      said(
        `files of env_file that do not exist: ${compose?.absent?.map((one) => shownPath(tree, one)).join(', ')}`,
        `where the release needs one: ${createAll(tree, compose?.absent ?? [])}`,
        file,
      ),
    tracked.includes('.env') &&
      missing(
        'secrets',
        'git keeps .env, and secrets would be written to it',
        `git rm --cached .env && ${append('.env', '.gitignore')} && git add .gitignore && git commit -m "Keep .env out of git"`,
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

const COMPOSE = /(^|[._-])compose[\w.-]*\.ya?ml$/

const PROGRAM = /\.(py|[cm]?[jt]sx?|go|rb|php|java|kt|rs|cs|exs?)$/

/** Names the Dockerfiles that no service builds: what they hold is in no release. */
export function unbuiltFinding(tree: SourceTree, compose: Project): Finding | undefined {
  const files = unbuilt(tree, compose)
  const services = Object.values(compose.services)
  const isAny = services.some(({ build }) => build)
  const isMounted = services.some(({ volumes }) => volumes?.some(({ source = '' }) => isWithin(source, tree.root)))
  const isCode = !isAny && !isMounted && Object.keys(tree.sources).some((file) => PROGRAM.test(file))
  if (files.length === 0 && !isCode) return undefined
  const why = isAny
    ? 'is it the whole application?'
    : 'the release runs ready images, and not the code of this repository'
  return note(
    'compose',
    `no service of ${compose.file} builds ${files.length > 0 ? some(files) : 'anything'}: ${why}`,
    'if it should, write a service with build: for each part that the release needs, then run this again',
    { where: compose.file, confidence: 'guess' },
  )
}

// A mount, a port or an image with nothing in the place of a variable is another one than the author meant.
function unsetFinding({ files }: SourceTree, { unset = [], raw = {}, file, services }: Project) {
  if (unset.length === 0) return undefined
  const rest = JSON.stringify(
    Object.keys(services).map((name) => ({ ...raw[name], environment: undefined, labels: undefined })),
  )
  const decide = unset.filter((name) => new RegExp(`\\$\\{?${name}\\b`).test(rest))
  const mend = `write them to ${posix.join(posix.dirname(file), '.env')}${exampleOf(files, '.env')}, then run this again`
  const said = `variables without a value: ${unset.join(', ')}`
  if (decide.length === 0) return note('compose', said, mend, { where: file })
  return missing('compose', `${said}; what ${decide.join(', ')} would decide is wrong below`, mend, { where: file })
}

// A file that is not read, with the services that are in no other.
const withOnly = ({ only = {} }: Project, file: string) =>
  only[file]?.length ? `${file} (which alone has ${some(only[file])})` : file

// The line of .env by which Compose, and this, read other files.
const takes = ({ dir }: SourceTree, files: readonly string[]) =>
  `${append(`COMPOSE_FILE=${files.map((file) => posix.relative(dir, file)).join(':')}`, posix.join(dir, '.env'))}, then run this again`
const likeliest = (files: readonly string[]) =>
  files.find((file) => /prod|deploy|release/i.test(file)) ?? files[0] ?? ''
