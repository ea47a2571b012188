import { posix } from 'node:path'
import { plainName } from '../config/plain-name.ts'
import { ANY_COMPOSE, DEFAULT_PORT, type Variables } from '../config/settings.ts'
import { accountFor } from './accounting.ts'
import { findAlone, unbuiltFinding, withByHand } from './alone.ts'
import { readApp } from './app.ts'
import { withDockerfiles, withTaken } from './build.ts'
import { type Chosen, chooseApplication } from './choose.ts'
import { renderCompose, withFolders } from './compose-file.ts'
import { withoutCopiedEnv } from './copied-env.ts'
import { BARE, type File, type Joined, joinParts, type SecretCopy } from './draft.ts'
import { type Finding, listFindings, missing, ok, onceBy, some } from './finding.ts'
import { withHandedVolumes } from './handed-volumes.ts'
import { withIgnoredFolders } from './ignored.ts'
import { withMadeMigrations } from './made-migrations.ts'
import { outsideFindings, projectFindings } from './project.ts'
import { copyLines } from './remedy.ts'
import { findData } from './rules/data.ts'
import { withDotenv } from './rules/env-file.ts'
import { isClosable } from './rules/files.ts'
import { againIn } from './rules/image.ts'
import { lookedFinding } from './rules/image-files.ts'
import { hostPorts } from './rules/ports.ts'
import { alsoFilling } from './rules/sent.ts'
import { APP_RULES } from './rules.ts'
import { adoptServices, keptNowhere } from './services.ts'
import { withSharedFolders } from './shared.ts'
import { partSites } from './sites.ts'
import type { Project, SourceTree } from './source-tree.ts'
import { moduleFindings } from './submodules.ts'
import { isForCompose, isRead, writable } from './variables.ts'
import { isApplication, profiledIn } from './web.ts'
import { withWideBuilds } from './wide.ts'

/** What `make adopt` proposes: the findings, the lines of .env, the files, and the commands that copy existing data. */
export type Adoption = {
  readonly findings: readonly Finding[]
  readonly settings: Variables
  /** Values for .env; the report shows only their names. */
  readonly secrets: Variables
  /** The files that some of them are from, and the command that proposes anew. */
  readonly copied: { readonly paths: readonly string[]; readonly command: string }
  readonly files: readonly File[]
  /** The command that must come before the next commit, where there is one. */
  readonly first?: string | undefined
  /** The files of secrets to write. */
  readonly secretCopies: readonly SecretCopy[]
  /** Lines to append to files. */
  readonly lines: Readonly<Record<string, string>>
  readonly copies: readonly string[]
  /** The files of secrets that their owner alone, and those in a container, shall read. */
  readonly closes: readonly string[]
  /** The port of this host that the Compose file gives to the application, and those that it gives to other services. */
  readonly ports: { readonly own?: number | undefined; readonly others: readonly number[] }
  /** The services that may be the application as well, where nothing but a guess tells which. */
  readonly rivals: readonly string[]
}

// The toolkit's own files in compose/ have these names.
const OURS = ['app', 'any', 'beside', 'dev', 'postgres', 'toolkit']

// What makes of a repository one whose Compose file says all that the rules look at, in this order.
const CHANGES: readonly ((tree: SourceTree) => SourceTree)[] = [
  ...[withDockerfiles, withByHand, withTaken, withMadeMigrations, withHandedVolumes, withoutCopiedEnv, withDotenv],
  ...[withWideBuilds, withIgnoredFolders, withSharedFolders],
]

/** Proposes how an application becomes a release. It invents no value: what the folder lacks becomes a finding. */
export function planAdoption(given: SourceTree): Adoption {
  const tree = CHANGES.reduce((one, change) => change(one), given)
  const name = nameOf(posix.join(tree.root, tree.dir))
  const project = tree.project ?? (tree.live.length > 0 ? `${name}-app` : name)
  const { compose } = tree
  const chosen = choose(tree, project)
  if (!('draft' in chosen))
    return { ...NOTHING, findings: [...moduleFindings(tree), ...chosen.findings, ...projectFindings(tree)] }
  const { draft } = chosen
  const app = readApp(tree, draft)
  const own = joinParts(APP_RULES.map((rule) => rule(app)))
  const alsoIn = (folder: string) => alsoFilling(chosen.services, folder)
  const services = withFolders(adoptServices(draft, chosen.services, own.lines), findData(app).folders, alsoIn)
  const parts = joinParts([own, services.all])
  const secrets = writable(tree, parts.secrets)
  const isComposed = tree.compose?.services[draft.web ?? ''] !== undefined
  const file = renderCompose(tree, name, services, { ...findData(app), isComposed })
  const filled = filledFrom(tree)
  const goes = `what services get from ${some(filled)} goes into ${tree.composeFile}, or into .env as APP_…`
  const ports = hostPorts(draft)
  const settings = {
    PROJECT: project,
    APP_DIR: app.dir,
    ...(file ? { APP_COMPOSE: `${ANY_COMPOSE}:${file.path}` } : {}),
    ...parts.settings,
    // A service beside the application has the port that would be the proxy's.
    ...(ports.others.includes(DEFAULT_PORT) ? { PORT: String(DEFAULT_PORT + 1) } : {}),
  }
  const proposal = {
    services: services.definitions,
    tops: services.all.tops,
    variables: { ...tree.given, ...settings, ...parts.secrets },
    files: parts.files,
  }
  return {
    findings: listFindings(
      ...moduleFindings(tree),
      ...(compose ? chosen.findings : []),
      ...own.findings,
      compose && readFinding(compose),
      ...services.all.findings,
      file && filled.length > 0 && ok('settings', `${goes}; after a change there: ${againIn(tree)}`),
      app.text !== undefined &&
        lookedFinding(tree, draft.project === BARE ? { app: { build: { context: app.dir } } } : draft.project.services),
      keptNowhere(draft, services),
      ...accountFor(draft, proposal, [...chosen.findings, ...parts.findings]),
      compose && draft.web !== undefined && chosen.free.length === 0 && unbuiltFinding(tree, draft.project),
      ...projectFindings(tree, parts.secrets),
    ),
    settings,
    secrets,
    first: Object.keys(secrets).length > 0 && isForCompose(tree) ? 'git rm --cached .env' : undefined,
    copied: { paths: copiedFrom(tree, parts, filled), command: againIn(tree) },
    files: [...parts.files, ...(file ? [file] : [])],
    secretCopies: onceBy(parts.secretCopies, ({ to }) => to),
    lines: {},
    closes: Object.keys(tree.secretFiles).filter((path) => isClosable(tree, path)),
    copies: onceBy(parts.copies, ({ from, to }) => `${from} ${to}`).flatMap((copy) => copyLines(project, copy)),
    ports,
    rivals: chosen.rivals,
  }
}

function readFinding({ file, joined = [], told, services }: Project): Finding {
  const as = told ? `, as ${told} runs them` : ''
  const found = `${[file, ...joined].join(' with ')}${as}: ${Object.keys(services).join(', ')}`
  return ok('compose', found, { where: told ?? file })
}

// The files of variables that are there, and that a value of the proposal is from. Compose takes of an .env what its file names.
function filledFrom({ root, compose }: SourceTree): string[] {
  if (!compose) return []
  const { file, envFiles = [], absent = [], given = {} } = compose
  const isTaken = Object.keys(given).some((name) => isRead(compose, name))
  const beside = posix.join(posix.dirname(file), '.env')
  const there = envFiles.filter((path) => !absent.includes(path) && (isTaken || path !== beside))
  return [...new Set(there.map((path) => insideRoot(root, path)))]
}
const insideRoot = (root: string, path: string) => posix.relative(root, posix.resolve(root, path))

// Where git keeps .env, it would keep the sums, and with them the means to guess what is short.
function copiedFrom({ root, tracked, compose }: SourceTree, { secrets, copied }: Joined, filled: readonly string[]) {
  if (tracked.includes('.env')) return []
  const read = Object.keys(secrets).length > 0 || filled.length > 0 ? (compose?.envFiles ?? []) : []
  return [...new Set([...read.map((path) => insideRoot(root, path)), ...copied])]
}

const NOTHING = {
  settings: {},
  secrets: {},
  copied: { paths: [], command: '' },
  files: [],
  secretCopies: [],
  lines: {},
  copies: [],
  closes: [],
  ports: { others: [] },
  rivals: [],
}

// A Compose file may lack the application, and a Dockerfile may lie in another folder: that needs a look at all Dockerfiles.
function choose(tree: SourceTree, name: string): Chosen | Pick<Chosen, 'findings'> {
  const { compose, sources, service } = tree
  const { file = 'this folder', problem, rivals, services = {}, profiled = {} } = compose ?? {}
  const all = Object.keys(services)
  const isEmpty = all.length === 0 && Object.keys(profiled).length > 0
  // A proposal without the services that nobody could read, or build, would drop them.
  if (problem !== undefined || rivals?.length || isEmpty || outsideFindings(tree).length > 0) return { findings: [] }
  if (service !== undefined && !services[service]) {
    const found = `${file} has no service ${service}`
    const names = all.join(', ') || 'none, for there is no Compose file'
    return { findings: [missing('web', found, `SERVICE= takes one of these: ${names}`)] }
  }
  const first = chooseApplication(tree, compose ?? BARE, name)
  const parted = partSites(first.draft)
  const again = parted && chooseApplication(tree, parted.project, name)
  const chosen = again ? { ...again, findings: [...again.findings, ...parted.findings] } : first
  const isFound = compose ? isApplication(chosen.draft) : sources['Dockerfile'] !== undefined
  // The application may be among those that need a profile.
  if (isFound || (compose && profiledIn(compose).length > 0)) return chosen
  const { project, findings } = findAlone(tree, compose)
  if (project) return { ...chooseApplication(tree, project, name), findings }
  return findings.length > 0 ? { findings } : chosen
}

/** Makes a valid name for the project, the image and the Compose file from the name of any folder. */
export function nameOf(dir: string): string {
  const name = plainName(posix.basename(dir))
  return name === '' || OURS.includes(name) ? `my-${name || 'app'}` : name
}
