import { parse } from 'dotenv'
import { stringify } from 'yaml'
import { composeNames, OWN_SETTINGS, settingNames, type Variables } from '../config/settings.ts'
import { listFindings, note, ok } from './finding.ts'
import { MAKE_BLOCK, OWN_WORKFLOW } from './names.ts'
import type { Adoption } from './plan.ts'
import { isRefused } from './report.ts'
import { ENV_EXAMPLE, type SourceTree } from './source-tree.ts'

// What `make init` puts into a repository that is not the toolkit's, and how `make uninstall` finds it again.

// *.env means it as well.
const SETTINGS_BLOCK = `\n# settings of d’Artagnan, which git keeps\n!${OWN_SETTINGS}\n`
// What still runs has these files mounted, so they outlive the toolkit, and so does this.
const COPIES_BLOCK = '\n# files of secrets, for d’Artagnan\nsecrets/*-file\n'
const IGNORE_BLOCK = '\n# secrets, for d’Artagnan\n.env\n.env.*\n!.env.example\n'

/** What init knows of the repository, beyond the application. */
export type Repository = {
  /** The Makefile that make would read; `Makefile` where there is none. */
  readonly makefile: string
  readonly includesToolkit: boolean
  /** Those of its targets whose names the toolkit has, too. */
  readonly collisions: readonly string[]
  /** Whether git leaves the settings of the toolkit out. */
  readonly ignoresSettings?: boolean
  readonly ignoresEnv: boolean
  readonly ignoresCopies?: boolean
  /** Whether GitHub would read a workflow here: the repository begins in this folder, and lies there. */
  readonly hasWorkflows: boolean
  /** The port to publish, where another than the default. */
  readonly port: number | undefined
  /** The settings that mean something else to the application in its .env. */
  readonly theirs: readonly string[]
  /** The folder and the port that the user has named: APP_DIR is the folder that is built, and may lie below. */
  readonly asked: Pick<SourceTree, 'dir' | 'port'>
}

/** Finds the settings that the application's .env, an example of it, or its Compose file use for something else. */
export function theirNames({ given, sources, compose }: Pick<SourceTree, 'given' | 'sources' | 'compose'>): string[] {
  // Another folder's example is for a file that the toolkit does not read.
  const examples = Object.entries(sources).flatMap(([file, text]) =>
    ENV_EXAMPLE.test(file) && !file.includes('/') ? text : [],
  )
  const { text = '', written = text } = compose ?? {}
  return [...settingNames, ...composeNames].filter(
    (name) =>
      given[name] !== undefined ||
      examples.some((one) => name in parse(one)) ||
      new RegExp(`\\$\\{?${name}\\b`).test(written),
  )
}

/** Adds to the adoption of an application what a repository of its own needs. */
export function planInit(adoption: Adoption, repository: Repository): Adoption {
  if (isRefused(adoption)) return adoption
  const { makefile, collisions, port, theirs } = repository
  const { APP_DIR, PORT, ...settings } = adoption.settings
  const own = {
    ...settings,
    ...(APP_DIR === '.' ? {} : { APP_DIR }),
    ...(port ? { PORT: String(port) } : {}),
    ...(theirs.length > 0 ? { APP_VARIABLES: theirs.join() } : {}),
  }
  const ignores = [
    repository.ignoresEnv ? '' : IGNORE_BLOCK,
    repository.ignoresCopies || adoption.secretCopies.length === 0 ? '' : COPIES_BLOCK,
    repository.ignoresSettings ? SETTINGS_BLOCK : '',
  ].join('')
  return {
    ...adoption,
    findings: listFindings(
      ...adoption.findings,
      collisions.length > 0 &&
        note(
          'Makefile',
          `${collisions.join(', ')} of ${makefile} stay as they are`,
          `the toolkit's are ${collisions.map((name) => `make dartagnan-${name}`).join(', ')}`,
        ),
      theirs.length > 0 &&
        ok('settings', `${theirs.join(', ')} in .env: the application's own, and left to it (APP_VARIABLES)`),
    ),
    // They go into a file that git keeps, not into .env.
    settings: {},
    files: [
      ...adoption.files,
      { path: OWN_SETTINGS, text: renderSettings(own as Variables, repository.asked) },
      ...(repository.hasWorkflows ? [{ path: OWN_WORKFLOW, text: renderWorkflow(collisions) }] : []),
    ],
    lines: {
      ...(repository.includesToolkit ? {} : { [makefile]: MAKE_BLOCK }),
      ...(ignores === '' ? {} : { '.gitignore': ignores }),
    },
  }
}

/** The text of a file without the lines that init appended. */
export const withoutLines = (text: string): string =>
  [MAKE_BLOCK, MAKE_BLOCK.replace('-include', 'include'), IGNORE_BLOCK, SETTINGS_BLOCK].reduce(cut, text)

function cut(text: string, lines: string): string {
  const rest = text.replace(lines, '')
  // A file that init has made begins with the lines.
  const own = lines.trimStart()
  return rest.startsWith(own) ? rest.slice(own.length) : rest
}

function renderSettings(settings: Variables, { dir, port }: Repository['asked']): string {
  const asked = `${dir === '.' ? '' : `# APP_DIR=${dir}\n`}${port ? `# APP_PORT=${port}\n` : ''}`
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  return `# .dartagnan/.env.example explains each setting. The environment and .env win over this file.\n${asked}${lines.join('')}`
}

/** What the next init keeps, by the text of these settings: the name of the project, and what the user has named. */
export const askedIn = (text: string): Variables =>
  Object.fromEntries([...text.matchAll(ASKED)].map(([, name = '', value = '']) => [name, value]))
const ASKED = /^(?:# (?=APP_)|(?=PROJECT=))(APP_DIR|APP_PORT|PROJECT)=["']?([^\s"']+)/gm

function renderWorkflow(collisions: readonly string[]): string {
  // The project's own target of a name comes first.
  const [setup, ci] = ['setup', 'ci'].map((name) => (collisions.includes(name) ? `dartagnan-${name}` : name))
  const checkout = 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683'
  // Versions come from the tags below a commit.
  const options = { 'fetch-depth': 0, submodules: true, 'persist-credentials': false }
  const steps = [{ uses: checkout, with: options }, { run: `make ${setup} ${ci}` }]
  const job = { 'runs-on': 'ubuntu-latest', 'timeout-minutes': 60, permissions: { contents: 'read' }, steps }
  return stringify({ name: 'd’Artagnan', on: { push: { branches: ['**'] } }, permissions: {}, jobs: { ci: job } })
}
