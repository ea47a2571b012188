import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { DEVELOPMENT, COMPOSE as FIRST, PRODUCTION } from './compose-files.ts'
import { shownPath } from './draft.ts'
import { differs } from './env-lines.ts'
import { type Finding, listFindings, missing, note, some, verdictsOn } from './finding.ts'
import { mayBring } from './in-image.ts'
import { append, createAll, fill, includes, remedyOf, takes } from './remedy.ts'
import { isSecret } from './rules/environment.ts'
import { isWithin, type Project, type SourceTree } from './source-tree.ts'
import { isForCompose, OF_WINDOWS, writable } from './variables.ts'
import { leavesOut, profilesRemedy } from './web.ts'

/** Names the problems of the folder as a whole. */
export function projectFindings(tree: SourceTree, secrets: Variables = {}): Finding[] {
  const { files, compose, live, dir } = tree
  const follow = 'follow docs/guides/take-over.md; the commands are printed below'
  const theirs = Object.values(compose?.volumes ?? {}).flatMap((one) => (one?.external ? (one.name ?? []) : []))
  const own = live.filter((name) => !theirs.includes(name))
  const inner = `${dir} is a repository of its own, so this checkout would commit none of its files`
  return listFindings(
    ...(compose ? composeFindings(tree, compose) : [asideFinding(tree)]),
    ...outsideFindings(tree),
    keptFinding(tree, secrets),
    othersFinding(tree, secrets),
    own.length > 0 && note('data', `${own.join(', ')}: volumes of ${compose?.file ?? ''} on this engine`, follow),
    dir !== '.' && files.includes('.git') && missing('git', inner, `rm -rf ${dir}/.git   (or git subtree add)`),
  )
}

/** Names what builds read outside of the folder: a release of it would have services without their images. */
export const outsideFindings = ({ root, top = root, compose }: SourceTree): Finding[] =>
  Object.entries(compose?.services ?? {}).flatMap(([service, { build }]) => {
    const read = build ? [build.context, posix.resolve(build.context, build.dockerfile ?? '')] : []
    const path = read.find((one) => !isWithin(one, root)) ?? root
    if (path === root) return []
    const [found, mend] = isWithin(path, top)
      ? [
          `${posix.relative(root, path)}, above this folder`,
          `cd ${posix.relative(root, top)}, and the same command there`,
        ]
      : [
          `${path}, outside of this repository`,
          'bring it into the repository, and name it in build: of the Compose file',
        ]
    return missing(service, `its build reads ${found}`, mend)
  })

function asideFinding(tree: SourceTree): Finding | undefined {
  const aside = tree.files.filter((one) => COMPOSE.test(posix.basename(one)) && !one.startsWith('.'))
  if (aside.length === 0) return undefined
  const found = `not read, for it is empty, or may be an example or a test: ${some(aside)}`
  const own = takes(tree, [posix.join(tree.dir, aside[0] ?? '')])
  return note('compose', found, `where it says what the application needs (volumes, other services): ${own}`)
}
const COMPOSE = /(^|[._-])compose[\w.-]*\.ya?ml$/

function composeFindings(tree: SourceTree, compose: Project): (Finding | false | undefined)[] {
  const { file, services, problem, override, unread, joined = [] } = compose
  const { rivals = [], others = [], idle = [], tests = [], tools = [], absent = [] } = compose
  const { note, missing } = verdictsOn('compose', {})
  const profiled = Object.entries(compose.profiled ?? {})
  const isNone = Object.keys(services).length === 0
  const isPart = compose.partial?.includes(file)
  const at = { where: file }
  return [
    problem !== undefined && missing(`${file} cannot be read: ${problem}`, remedyOf(problem, file, tree)),
    unread !== undefined &&
      missing(
        `${file} is read, for ${unread.file} cannot be: ${unread.problem}`,
        `${remedyOf(unread.problem, unread.file, tree)}; for a release without it: ${takes(tree, [file])}`,
      ),
    override !== undefined &&
      note(
        `${override} is read, as docker compose up reads it`,
        isPart ? `nothing to do: ${file} needs it` : `for a release without it: ${takes(tree, [file])}`,
      ),
    rivals.length > 0 &&
      missing(
        `${some([file, ...rivals])}: each folder has one, and nothing says which is the application`,
        `for one of them: ${takes(tree, [file])}; for several that belong together: ${includes(tree, [file, ...rivals])}`,
      ),
    rivals.length === 0 &&
      others.length > 0 &&
      note(
        `${[file, ...joined].join(' and ')} ${joined.length > 0 ? 'are' : 'is'} read; not read: ${some(others.map((one) => withOnly(compose, one)))}`,
        othersRemedy(tree, compose, likeliest(others)),
      ),
    profiled.length > 0 &&
      !isNone &&
      note(
        `left out, because Compose starts them only with a profile: ${profiled.map(([name, own]) => `${name} (${own.join(', ')})`).join(', ')}`,
        leavesOut(compose)
          ? `where production needs some: ${profilesRemedy(compose)}`
          : 'nothing to do: these are for development or tests, or look at others',
        at,
      ),
    problem === undefined && isNone && missing(`every service of ${file} needs a profile`, profilesRemedy(compose), at),
    tests.length > 0 &&
      note(
        `left out, because it only runs tests, and ends: ${tests.join(', ')}`,
        'let a stage named test run them: make test builds it before each version is tagged',
        at,
      ),
    tools.length > 0 &&
      note(
        `left out, because nothing says what such a tool is to do, and it ends: ${tools.join(', ')}`,
        'nothing to do: run it where its code is, in a shell of that service: make shell SERVICE=…',
        at,
      ),
    idle.length > 0 &&
      note(
        `left out, because the Compose file starts no container of it (replicas: 0): ${idle.join(', ')}`,
        'a release starts all that it has: run it by hand or by a timer of the host',
        at,
      ),
    problem === undefined && unsetFinding(tree, compose),
    absent.length > 0 &&
      problem === undefined &&
      note(
        `files of env_file that do not exist: ${absent.map((one) => shownPath(tree, one)).join(', ')}`,
        `where the release needs one: ${createAll(tree, absent)}`,
        at,
      ),
  ]
}

// What git keeps, whoever has the repository knows: nothing is added to that.
function keptFinding(tree: SourceTree, secrets: Variables): Finding | undefined {
  const isNone = Object.keys(secrets).length === 0
  // No service gets them, and whoever has an image with that file reads them all the same.
  const own = Object.entries(tree.envValues?.['.env'] ?? {}).flatMap(([key, value]) =>
    value && isSecret(key, value) ? key : [],
  )
  if (!tree.tracked.includes('.env') || (isNone && (own.length === 0 || !mayBring(tree, '.env')))) return undefined
  const written = writable(tree, secrets)
  const left = Object.keys(secrets).filter((name) => !(name in written))
  const out = `git rm --cached .env && ${append('.env', '.gitignore')}`
  const found = `git keeps .env, so these are not written to it: ${some(left)}`
  const commit = `${out} && git add .gitignore && git commit -m "Keep .env out of git", then run this again`
  if (left.length > 0) return missing('secrets', found, commit)
  const brought = mayBring(tree, '.env') ? ', so COPY may bring them into an image' : ''
  const kept = `git keeps .env with ${some(isNone ? own : Object.keys(secrets))}${brought}`
  const here = 'git rm --cached .env, before git add -A, as the next step has it: the file stays on this host'
  const mend = isForCompose(tree) && !isNone ? here : `where the code does without that file: ${out}, before git add -A`
  return note('secrets', kept, mend)
}

// A value for production may stand there on purpose, and so may one from before the Compose files changed.
function othersFinding({ given }: SourceTree, secrets: Variables): Finding | undefined {
  const names = Object.keys(secrets).filter((name) => differs(given, name, secrets[name] ?? ''))
  const found = `.env has another value than the Compose file for ${some(names)}: the release gets that of .env`
  const mend = 'where that of the Compose file is right: remove the line from .env, then run this again'
  return names.length > 0 ? note('secrets', found, mend, { where: '.env' }) : undefined
}

// A mount, a port or an image with nothing in the place of a variable is another one than the author meant.
function unsetFinding(tree: SourceTree, { unset: all = [], raw = {}, file, services }: Project) {
  const unset = all.filter((name) => !OF_WINDOWS.test(name))
  if (unset.length === 0) return undefined
  // A health check with nothing in its place still asks.
  const parts = { environment: undefined, labels: undefined, healthcheck: undefined }
  const rest = JSON.stringify(Object.keys(services).map((name) => ({ ...raw[name], ...parts })))
  const decide = unset.filter((name) => new RegExp(`\\$\\{?${name}\\b`).test(rest))
  const mend = fill(tree, unset, posix.join(posix.dirname(file), '.env'))
  const said = `variables without a value: ${unset.join(', ')}`
  if (decide.length === 0) return note('compose', said, mend, { where: file })
  return missing('compose', `${said}; what ${decide.join(', ')} would decide is wrong below`, mend, { where: file })
}

// A file that is not read, with the services that are in no other.
const withOnly = ({ only = {} }: Project, file: string) =>
  only[file]?.length ? `${file} (which alone has ${some(only[file])})` : file

// What is only a part is nothing without the other. The last one wins: what Compose reads by itself comes first.
function othersRemedy(tree: SourceTree, { file, joined = [], partial = [], override }: Project, one: string): string {
  const isFirst = [one, file].map((each) => FIRST.includes(posix.basename(each)) || BASE.test(posix.basename(each)))
  const isInPlace = (each: string) =>
    isInstead(each, one) || (each === override && PRODUCTION.test(posix.basename(one)))
  const rest = joined.filter((each) => !isInPlace(each))
  const all = isFirst[0] && !isFirst[1] ? [one, file, ...rest] : [file, ...rest, one]
  const both = `where both belong together: ${takes(tree, all)}`
  const other = `for another one: ${takes(tree, [one])}`
  if (isInstead(file, one)) return other
  if ([one, file].some((each) => partial.includes(each))) return both
  return posix.dirname(one) === posix.dirname(file) ? `${other}; ${both}` : other
}
// What others are put on.
const BASE = /(^|[._-])(base|common)[._-]/
// One of them is for production, the other for development.
const isInstead = (...both: readonly string[]) =>
  [PRODUCTION, DEVELOPMENT].every((is) => both.some((one) => is.test(posix.basename(one))))
const likeliest = (files: readonly string[]) =>
  files.find((file) => /prod|deploy|release/i.test(file)) ?? files[0] ?? ''
