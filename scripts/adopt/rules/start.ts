import { posix } from 'node:path'
import type { AppRule } from '../app.ts'
import { withBuilder } from '../build.ts'
import { configFilesOf } from '../config-files.ts'
import { BARE, environmentOf, type Old, type ServiceRule, toWords } from '../draft.ts'
import { type Finding, onceBy, verdictsOn } from '../finding.ts'
import { codeLines, definedIn, depthOf, keepFiles, springSetting } from '../guess.ts'
import { inImage } from '../in-image.ts'
import type { Mounting } from '../mounts.ts'
import type { ConfigFile } from '../nginx-lines.ts'
import { seedOf, withScripts } from '../node-packages.ts'
import { insideOf, isWithin } from '../source-tree.ts'
import { keptMounts, uploadsOf } from './beside.ts'
import { isUsed } from './dropped.ts'
import { CLEARS, EMPTIES, SEED } from './empties.ts'
import { migrationFindings } from './migrations.ts'

type Run = Mounting & Pick<Old, 'where'>
/** When a line runs: at each start, where a file is absent that each new container lacks, or where something else says so. */
type Runs = 'always' | 'new' | 'asked'

/** Names what empties the database at each start of a service: in its command, the files that it runs, and those that these run. */
export const startRule: ServiceRule = (old) => ({
  findings: emptied({ ...old, spec: withBuilder(old.project, old.spec) }),
})
/** The same of an application without a Compose file. */
export const appStartRule: AppRule = ({ tree, draft, stage, dir, dockerfile }) => {
  const spec = { build: { context: posix.join(tree.root, dir), dockerfile: posix.relative(dir, dockerfile) } }
  const where = () => dockerfile
  return draft.project === BARE
    ? { findings: emptied({ ...draft, service: 'command', spec, stage, where }) }
    : undefined
}

function emptied(old: Run): Finding[] {
  const { tree, project, service, spec, where } = old
  const own = old.stage?.command?.words ?? []
  const [entrypoint, command] = [toWords(spec['entrypoint']), toWords(spec['command'])]
  // A command takes the place of CMD alone.
  const kept = command.length === 0 ? own : own.filter((word, at) => at === 0 && /entrypoint|\.sh$/.test(word))
  const line = [...(entrypoint.length > 0 ? entrypoint : kept), ...command].join(' ')
  const workdir = spec.working_dir ?? old.stage?.workdir ?? '/'
  // A mount of the code has what the image has.
  const files = onceBy(configFilesOf(tree, project, spec), ({ path }) => path)
  const manifest = files.find(({ path }) => path === posix.join(workdir, 'package.json'))?.text ?? ''
  const key = [...command, ...entrypoint].length > 0 ? 'command' : 'build'
  const scripts = `${line}\n${withScripts(line, manifest)}`
  const text = `${scripts}\n${seedOf(scripts, manifest)}`
  const first = { path: posix.join(workdir, 'command'), from: where(service, key), text }
  const all = reachedFrom(first, files, workdir)
  const held = [...keptMounts(old).map(({ target }) => target), ...uploadsOf(old).map(({ value }) => value)]
  const isLost = (name: string) => {
    const path = posix.resolve(workdir, name)
    const isGiven = /\$|(^|\/)\.env$/.test(name) || mountsAt(spec, path) || inImage(old, path).length > 0
    return !isGiven && !held.some((folder) => isWithin(path, folder))
  }
  const found = all.flatMap((file) => {
    const lines = codeLines(file.text)
    return lines.flatMap((one, at) => {
      // What a copy of a database says is for whoever loads that; and some only try whether a page takes it for SQL.
      const isText = /^\s*(--|echo\b)|;\s*DROP TABLE[^;]*--|\bwrite\w*\([^)]*\bDROP\b/i.test(one)
      const [what = ''] =
        (isText
          ? null
          : (EMPTIES.exec(one) ?? (depthOf(one) === 0 || SEED.test(file.path) ? CLEARS.exec(one) : null))) ?? []
      const runs =
        what && isUsed(tree, one)
          ? (whenLoaded(file, all, isLost) ?? whenRun(lines.slice(0, at + 1), all, isLost))
          : undefined
      return runs ? finding(service, what, file === first ? file.from : `${file.from}:${at + 1}`, runs) : []
    })
  })
  // The lines of one file of SQL run together.
  const places = onceBy(found, ({ where = '' }) => where.replace(/(\.sql):\d+$/, '$1'))
  return [...places, ...springFindings(old), ...migrationFindings(old, all)]
}

const mountsAt = ({ volumes = [] }: Old['spec'], path: string) => volumes.some(({ target }) => target === path)

function finding(check: string, what: string, where: string, runs: Runs = 'always'): Finding {
  const { note, missing } = verdictsOn(check, { where, confidence: runs === 'asked' ? 'guess' : 'likely' })
  const when = {
    always: ': each deploy, rollback and restart would lose data',
    new: ', where a file is absent that lies in no volume: each new container would lose data',
    asked: ', where the condition before it holds: each deploy, rollback and restart would lose data',
  }
  return (runs === 'asked' ? note : missing)(
    `its start runs ${what}${when[runs]}`,
    'take it out, or run it only where they are missing. Do so before make restore: the next start would empty the data again',
  )
}

// The command names a script, that a program, and that is made of modules.
function reachedFrom(first: ConfigFile, files: readonly ConfigFile[], workdir: string): ConfigFile[] {
  const reached = [first]
  for (let level = 0; level < 3; level++) {
    const named = new Set(reached.flatMap((one) => placesIn(one, workdir)))
    const isNamed = ({ path }: ConfigFile) =>
      named.has(path) || named.has(path.replace(PROGRAM, '').replace(/\/(index|__init__|__main__)$/, ''))
    reached.push(...files.filter((file) => !reached.includes(file) && isNamed(file)))
  }
  return reached
}
const PROGRAM = /\.(py|[cm]?[jt]s)$/
const asName = (word: string) => word.replaceAll('-', '_')

// The paths that the words of a script, or the imports of a program, can mean.
function placesIn({ path, text }: ConfigFile, workdir: string): string[] {
  const lines = text.split('\n').filter((line) => !PROGRAM.test(path) || /\b(require|import|from)\b/.test(line))
  const words = lines.flatMap((line) => line.split(/[\s"'`;|&()<>=,{}]+/).filter(Boolean))
  const folders = [workdir, posix.dirname(path), '/usr/bin', '/usr/local/bin']
  // What a build makes of src, and modules of Python: app.models, or project.wsgi:application.
  const moduleOf = (word: string) => word.replace(/:\w+$|^\.(?=\w)/g, '').replaceAll('.', '/')
  const meant = words.flatMap((word) => [word.replace(/^(\.\/)?(dist|build)\//, 'src/'), moduleOf(word)])
  return meant.flatMap((word) => folders.map((folder) => posix.resolve(folder, word)))
}

// When the last of those lines runs, by what is around it: not in a page, nor in a function that nobody calls. A script that calls
// it may do so on a condition; a function that a program calls is taken to run.
function whenRun(
  lines: readonly string[],
  files: readonly ConfigFile[],
  isLost: (file: string) => boolean,
  deep = 0,
): Runs | undefined {
  let [depth, leaves] = [Number.POSITIVE_INFINITY, false]
  let runs: Runs = 'always'
  for (const [at, whole] of [...lines.entries()].toReversed()) {
    const line = at === lines.length - 1 ? (whole.split(EMPTIES)[0] ?? '') : whole
    if (/^\s*(then|\{)?\s*$/.test(whole)) continue
    if (depthOf(whole) >= depth) {
      // What returns before it, where there are data.
      leaves ||= LEAVES.test(whole)
      if (depthOf(whole) > depth) continue
      ;[runs, leaves] = [leaves && CONDITION.test(whole) ? 'asked' : runs, false]
      continue
    }
    depth = depthOf(whole)
    const name = definedIn(line) ?? METHOD.exec(line)?.[1]
    if (PAGE.test(line)) return undefined
    if (CONDITION.test(line)) runs = runs !== 'asked' && isNew(line, isLost) ? 'new' : 'asked'
    if (name === undefined) continue
    const calls = files.flatMap(({ text }) => text.split(new RegExp(`\\b${name}\\(`)).slice(1)).length
    if (calls > (line.includes(`${name}(`) ? 1 : 0)) continue
    // A decorator may give the command another name.
    const [, decorated = name] = /["']([\w-]+)["']/.exec(lines[at - 1] ?? '') ?? []
    const names = [name, asName(decorated)]
    const callers = files.flatMap(({ path, text }) => {
      const script = PROGRAM.test(path) || deep > 2 ? [] : codeLines(text)
      return script.flatMap((one, index) => {
        const isCall = names.some((each) => new RegExp(`\\b${each}\\b`).test(asName(one)))
        return (isCall && whenRun(script.slice(0, index + 1), files, isLost, deep + 1)) || []
      })
    })
    if (callers.length === 0) return undefined
    if (!callers.includes('always')) runs = runs !== 'asked' && callers.includes('new') ? 'new' : 'asked'
  }
  return runs
}
// When a script loads a file of SQL: mostly on a condition, where its tables are not there. Undefined where none names it, or always.
function whenLoaded(
  { path }: ConfigFile,
  files: readonly ConfigFile[],
  isLost: (file: string) => boolean,
): Runs | undefined {
  const name = posix.basename(path)
  const loads = (path.endsWith('.sql') ? files : []).flatMap(({ path: script, text }) => {
    const lines = PROGRAM.test(script) || script.endsWith('.sql') ? [] : codeLines(text)
    return lines.flatMap((line, at) => (line.includes(name) && whenRun(lines.slice(0, at + 1), files, isLost)) || [])
  })
  return loads.includes('always') ? undefined : loads.includes('new') ? 'new' : loads[0]
}
const METHOD =
  /^\s*(?!(?:if|elseif|for|foreach|while|switch|catch)\b)(\w+)\s*\((?!.*\bfunction\b)[^;]*\)(?:\s*:[^;{=]*)?\s*\{\s*$/
const PAGE = /\.(get|post|put|patch|delete|all|command|option)\(|@\w+\.route\(/
// Whether a line of a shell asks for nothing but whether a file is absent that goes with the container.
function isNew(line: string, isLost: (file: string) => boolean): boolean {
  const [all = '', not, or] = ABSENT.exec(line) ?? []
  const file = (not ?? or)?.replaceAll(/["']/g, '')
  return file !== undefined && isLost(file) && !/\[\s|&&|\belif\b/.test(line.replace(all, ''))
}
const ABSENT = /(?:\[+|\btest)\s+!\s+-[fe]\s+([^\s;]+)(?:\s*\]+)?|(?:\[+|\btest)\s+-[fe]\s+([^\s;]+)(?:\s*\]+)?\s*\|\|/
const LEAVES = /\breturn\b|\bexit\(0?\)/
const CONDITION = /\b(if|elif|else|unless|case)\b|\[\s|\|\|/

// Hibernate drops its tables, and creates them anew. Without an address, or with one in memory, nothing is kept anyway.
function springFindings(old: Run): Finding[] {
  const folder = insideOf(old.tree, old.spec.build?.context ?? '/')
  const sources = keepFiles(old.tree.sources, (file) => !posix.relative(folder, file).startsWith('..'))
  const given = new Map(environmentOf(old))
  const settingOf = (name: string) => {
    const value = given.get(name.toUpperCase().replaceAll(/\W/g, '_'))
    return value ? { value, where: old.where(old.service, 'environment') } : springSetting(sources, name)
  }
  const [mode, url] = [settingOf('spring.jpa.hibernate.ddl-auto'), settingOf('spring.datasource.url')]
  const isLost = old.spec.build && mode && url && /^create(-drop)?$/.test(mode.value) && !/:mem:/.test(url.value)
  return isLost ? [finding(old.service, `ddl-auto: ${mode.value}`, mode.where)] : []
}
