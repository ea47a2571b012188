import { FORCE_WORDS, INTERNAL, OPTIONS, type OptionName } from '../config/options.ts'
import { settingNames } from '../config/settings.ts'
import type { TargetEntry } from '../config/target-entry.ts'
import { targets } from '../config/targets.ts'

// The texts that a bare host reads. They are kept in scripts/setup, where a shell finds them without the toolkit.

/** The variables of the caller's surroundings that may also stand on the command line. */
const SURROUNDINGS = [
  ...['HOME', 'PATH', 'SHELL', 'TERM', 'SHARED', 'DOCKER_HOST', 'DOCKER_CONFIG', 'SSH_AUTH_SOCK'],
  ...['NPM_CONFIG_USERCONFIG', 'PIP_INDEX_URL', 'GITHUB_STEP_SUMMARY', 'GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL'],
  ...['GITHUB_ACTIONS', 'GITLAB_CI', 'TF_BUILD', 'TEAMCITY_VERSION', 'BUILDKITE', 'MAKEFLAGS'],
]

/** The options that a target takes. */
export const optionsOf = ({ options, force, group }: TargetEntry): readonly string[] =>
  group === 'See' ? options : [...options, ...(force ? ['FORCE'] : []), 'JSON', 'VERBOSE']

/** A line for each target: its name, whether it may see the caller's keys and logins, and its options. */
export function renderTargetList(): string {
  const seen = ({ keys, logins }: TargetEntry) =>
    [keys ? ['keys'] : [], logins ? ['logins'] : []].flat().join(',') || '-'
  const lines = targets.map(([name, entry]) => [name, seen(entry), ...optionsOf(entry)].join(' '))
  const known = [...settingNames, ...Object.keys(INTERNAL), ...SURROUNDINGS]
  return `${[...lines, `@known ${[...new Set(known)].join(' ')}`].join('\n')}\n`
}

/** The text of `make help X` for each target, under a line with its name. */
export const renderHelp = (): string => targets.map(([name, entry]) => `@${name}\n${helpOf(name, entry)}`).join('')

/** The text of `make help X` for one target. */
export function helpOf(name: string, entry: TargetEntry): string {
  const options = optionsOf(entry).map((option) => `  ${exampleOf(option, entry).padEnd(28)} ${lineOf(option)}`)
  const words = (entry.force ?? []).map((word) => `  FORCE=${word.padEnd(22)} ${FORCE_WORDS[word]}`)
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? '' : `\n${title}\n${lines.join('\n')}\n`
  return [
    `make ${name}: ${entry.line}\n\n  ${entry.text.replaceAll('`', '')}\n`,
    section('Options', options),
    section('What FORCE may name, with commas between several', words),
    section('Settings (.env.example explains them)', entry.settings.length ? [`  ${entry.settings.join(' ')}`] : []),
    section(
      'Examples',
      entry.examples.map((example) => `  ${example}`),
    ),
    `\nChanges: ${entry.changes}\n`,
    entry.remote ? 'Runs on the host of the engine that ENGINE names.\n' : '',
  ].join('')
}

/** The guide to the targets: docs/guides/targets.md. */
export const renderTargetGuide = (): string =>
  [
    ...[INTRODUCTION, '| target | what it does |', '|---|---|'],
    ...targets.map(([name, { text }]) => `| \`${name}\` | ${text} |`),
    `\n${OUTPUTS}\n`,
  ].join('\n')

const INTRODUCTION = `# Targets

\`make\` lists them, \`make help deploy\` explains one. Each is safe to repeat, and says "unchanged" when there was nothing to do.
`
const OUTPUTS = `## What you see

A terminal shows one line for what is done at the moment, how far it is, and how long it may take. A step that has ended leaves a check mark
with its time. Elsewhere, as on a CI server, each step is one line.

What fails is quoted: a target says what failed, quotes the value, and names the next command to run. Where a check can be skipped, that
command names the word that skips this check and no other (\`FORCE=untested\`; several with commas: \`FORCE=untested,promotion\`).

\`reports/last.log\` has each command of the last call with all that it printed. \`VERBOSE=1\` shows that.

With \`JSON=1\` a target prints its result, or its failure, as one JSON document on stdout. Everything else goes to stderr.

## Watching

\`\`\`console
$ make status WATCH=1   # keeps showing what serves, requests and errors a second, snapshots, disk; l p r q are keys
$ make report           # one page: steps and requests of each release, layers, tests, snapshots, security
$ make ui               # the same page, live, at http://127.0.0.1:8082
$ make demo             # two minutes under load: deploys, a broken version, kill -9, data lost and restored
\`\`\`

## Settings

[.env.example](../../.env.example) has every setting with its default. Copy the lines that you change to \`.env\`; the environment wins over
it. Values are data: quotes, \`$( )\`, newlines and leading dashes are never run.`

const isOption = (name: string): name is OptionName => Object.hasOwn(OPTIONS, name)
function exampleOf(name: string, { force }: TargetEntry): string {
  if (name === 'FORCE') return `FORCE=${force?.[0]}`
  return `${name}=${isOption(name) ? OPTIONS[name].example : 'bash'}`
}
const lineOf = (name: string) =>
  isOption(name) ? OPTIONS[name].help.replaceAll('`', '') : 'the shell whose script is printed: bash, zsh or fish'
