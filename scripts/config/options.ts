import { Failure } from '../cli/failure.ts'
import type { Variables } from './settings.ts'

// The options of one call, one a line. The parser, the help, the completion and the other engine all read this table.

/** What an option takes: any text, 1 for yes, or words with commas between them. */
export type OptionKind = 'text' | 'flag' | 'words'
export type OptionEntry = {
  readonly kind: OptionKind
  /** One line for a person. */
  readonly help: string
  /** A value as a person would write it. */
  readonly example: string
  /** Whether a run on another engine gets it. */
  readonly travels: boolean
}
const text = (example: string, help: string) => ({ kind: 'text', help, example }) as const
const flag = (help: string) => ({ kind: 'flag', help, example: '1' }) as const
const here = { travels: false } as const
const everywhere = { travels: true } as const

/** Every option of one call, by the name that a person writes. WAIT is a setting: it may stand in .env. */
export const OPTIONS = {
  REF: { ...text('v1.4.2', 'the branch, tag or commit to take instead of what is checked out'), ...everywhere },
  VERSION: { ...text('1.4.2', 'the version to take instead of the one that is checked out'), ...everywhere },
  PLAN: {
    ...text('3f9c2a1b', '1 shows what would be done, and does nothing; the fingerprint of a plan refuses any other'),
    ...everywhere,
  },
  SERVICE: { ...text('app', 'the service of the Compose file to look at'), ...everywhere },
  SUITE: { ...text('unit', 'the one suite to run, or the path of the tests to run'), ...here },
  SNAPSHOT: { ...text('3f9c2a1b', "a snapshot's id, or the beginning of one"), ...everywhere },
  DATA: { ...text('restore', 'restore: the rollback brings the data of that release back as well'), ...everywhere },
  CONFIRM: { ...text('journal', 'the name of the project that is to be destroyed'), ...everywhere },
  BUMP: { ...text('minor', 'the part of the version to raise: patch, minor, major, or auto'), ...here },
  BUNDLE: { ...text('journal-1.4.2.tar', 'the bundle to load'), ...here },
  UPDATE: { ...flag('move the locks to what upstream has now'), ...here },
  WRITE: { ...flag('write the proposed files'), ...here },
  CHAPTER: { ...text('3', 'the chapter to begin with'), ...here },
  EXERCISE: { ...text('volume', 'the exercise to show, by its name'), ...here },
  CHECK: { ...flag('say what holds of the exercise, and what the engine looks like where it does not'), ...here },
  HINT: { ...text('1', 'the first, second or third hint for the exercise; the third is the solution'), ...here },
  CLEAN: { ...flag('remove everything that the exercises have made'), ...here },
  YES: { ...flag('go on without waiting for Enter'), ...here },
  LANGUAGE: { ...text('de', 'the language of the lesson: de for German, otherwise English'), ...here },
  ON: { ...text('1', '1 begins the maintenance, 0 ends it'), ...everywhere },
  HOLD: { ...flag('requests wait for the end, up to HOLD_TIMEOUT, before they get the page'), ...everywhere },
  INIT: { ...flag('begin a swarm with this engine'), ...everywhere },
  DRAIN: { ...text('host-b', 'the node that is to run nothing any more'), ...everywhere },
  ACTIVATE: { ...text('host-b', 'the node that is to run tasks again'), ...everywhere },
  FOLLOW: { ...flag('keep printing new lines'), ...everywhere },
  WATCH: { ...flag('keep showing it, until a key ends that'), ...here },
  FORCE: { kind: 'words', help: 'the checks to skip, by name', example: 'untested', ...everywhere },
  NO_CACHE: { ...flag('build every layer anew'), ...here },
  JSON: { ...flag('print the result as JSON'), ...everywhere },
  VERBOSE: { ...flag('show each command and what it prints, as reports/last.log keeps it'), ...everywhere },
} as const satisfies Readonly<Record<string, OptionEntry>>
export type OptionName = keyof typeof OPTIONS

/** The variables that the toolkit passes to its own runs: no person sets them, and no help names them. */
export const INTERNAL = {
  DARTAGNAN_CHECK: {
    help: 'the run of tests that this one belongs to: its caller holds their lock, and FAULT_AT counts',
    travels: true,
  },
  FAULT_AT: {
    help: 'the step before, during or after which the process kills itself, such as 3:before',
    travels: true,
  },
  DARTAGNAN_REVISION: {
    help: 'the commit, and the tree where files differ from it, that a run of several targets has read once',
    travels: false,
  },
  DARTAGNAN_SHIP: {
    help: 'this run is part of `make ship`: the tests that no change reaches are left out',
    travels: false,
  },
  DARTAGNAN_CALL: {
    help: 'the call of Make that this run belongs to: all of its targets write one log',
    travels: false,
  },
  DARTAGNAN_IMAGE: {
    help: 'the images that the calling host has chosen, as `id` or `id@digest`, then `name=id` for each other build',
    travels: false,
  },
  DARTAGNAN_CALLER: { help: 'who started the run, as `user` or `user@host`', travels: false },
  DARTAGNAN_HOME: { help: 'the home of who started the run: Compose files name folders in it', travels: false },
  DARTAGNAN_REMOTE: { help: 'the calling host has read the env files and passes what they say', travels: false },
  DARTAGNAN_GUARD: { help: 'this run is the guard of one that was killed', travels: false },
  NO_COLOR: { help: 'print without colours', travels: true },
  CI: { help: 'a CI server runs this', travels: true },
} as const

/** The names of the variables that a run on another engine gets, besides the settings. */
export const travelling: readonly string[] = [...Object.entries(OPTIONS), ...Object.entries(INTERNAL)]
  .filter(([, { travels }]) => travels)
  .map(([name]) => name)

/** What FORCE may name: each word skips one check, or does one thing again. */
export const FORCE_WORDS = {
  'run-log': 'sets a run log aside that cannot be read: what runs is read from the engine',
  'lost-release':
    'goes on where the file of the release that serves is lost or damaged: a failed deploy then goes back to the one before',
  'empty-volume': 'begins with an empty volume where the one that held the data is missing, was made anew or is empty',
  'compose-volume': 'takes over a volume that docker compose itself has made, as it is',
  'left-behind': 'leaves a volume behind that the new release no longer mounts',
  'hidden-files': 'deploys an image with files that a volume hides, and which differ from those that it holds',
  'unsaved-files':
    'deploys, or takes down, although data are lost that containers have written outside of their volumes',
  'second-project': 'begins a second project with no data beside one that has data of the same image',
  promotion: 'deploys an image that has not served in PROMOTE_FROM',
  untested: 'tags or pushes an image that has not passed its tests, and records it',
  retest: 'runs tests again that an image has passed already',
  'no-snapshot': 'restores or destroys without first taking a snapshot of the present data',
  'all-traces': 'destroys the snapshots on this engine, the images and the ledger, too: nothing can be restored',
  'unsaved-volume': 'prunes a replaced volume whose data no verified snapshot holds',
} as const
export type ForceWord = keyof typeof FORCE_WORDS
export const forceWords = Object.keys(FORCE_WORDS) as ForceWord[]
export type Forced = ReadonlySet<ForceWord>

type Camel<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<Camel<Rest>>}`
  : Lowercase<Name>
type Parsed = { text: string | undefined; flag: boolean; words: Forced }
type Given = { readonly [Name in OptionName as Camel<Name>]: Parsed[(typeof OPTIONS)[Name]['kind']] }
/** The parsed options: NO_CACHE is `noCache`, and so on; `force` is the set of the words that FORCE names. */
export type Options = Given & {
  /** For tests: the step at which the process kills itself, such as 3:before. */
  readonly fault: string | undefined
  /** With ENGINE, the image that the calling host has chosen, as `id` or `id@digest`. */
  readonly carried: string | undefined
  /** Whether this run is part of `make ship`. */
  readonly shipping: boolean
}

/** The options that `environment` gives. Throws a Failure that lists the words of FORCE where one is unknown. */
export function parseOptions(environment: Variables): Options {
  const given = Object.entries(OPTIONS).map(([name, { kind }]) => [camel(name), parsers[kind](environment[name])])
  return {
    ...(Object.fromEntries(given) as Given),
    fault: (environment['DARTAGNAN_CHECK'] && environment['FAULT_AT']) || undefined,
    carried: environment['DARTAGNAN_IMAGE'] || undefined,
    shipping: isSet(environment['DARTAGNAN_SHIP']),
  }
}

const parsers: { [Kind in OptionKind]: (value: string | undefined) => Parsed[Kind] } = {
  text: (value) => value || undefined,
  flag: isSet,
  words: parseForce,
}

/** Whether a flag is set: JSON=0 and JSON= mean no. */
export function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0'
}

function parseForce(value: string | undefined): Forced {
  if (value === undefined || !isSet(value)) return new Set()
  const words = value.split(',')
  const unknown = words.find((word) => !isForceWord(word))
  if (unknown === undefined) return new Set(words.filter(isForceWord))
  throw new Failure(`FORCE=${JSON.stringify(value)}: ${JSON.stringify(unknown)} names nothing that can be forced`, {
    detail: forceHelp(),
    next: 'name what you mean, with commas between several, such as FORCE=untested; or omit FORCE',
    document: { words: FORCE_WORDS },
  })
}

/** The words that FORCE may name, one a line, with what each does. */
export const forceHelp = (): string =>
  Object.entries(FORCE_WORDS)
    .map(([word, does]) => `FORCE=${word.padEnd(14)}  ${does}`)
    .join('\n')

const isForceWord = (word: string): word is ForceWord => Object.hasOwn(FORCE_WORDS, word)
const camel = (name: string): string => name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
