import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { FORCE_WORDS, INTERNAL, OPTIONS } from '../config/options.ts'
import { isAppVariable, settingNames } from '../config/settings.ts'
import { targets } from '../config/targets.ts'
import { optionsOf } from '../target/help.ts'
import { anchorOf, readGuide } from '../testing/guide.ts'
import { bare } from '../testing/guide-world.ts'
import { ELSEWHERE, GUIDES, PROVEN, readProven, sumOf } from '../testing/guides.ts'

// What the documents name must be there. The commands themselves run in scripts/scenarios/guides*.proof.it.test.ts.
const read = (file: string) => readFileSync(file, 'utf8')
const entries = new Map(targets)
const known = new Set<string>([...settingNames, ...Object.keys(OPTIONS), ...Object.keys(INTERNAL)])
/** Variables of other programs that the documents name. */
const FOREIGN = [
  ...['COMPOSE_FILE', 'DOCKER_HOST', 'PIP_INDEX_URL', 'SHARED', 'MEDIA_ROOT', 'ACME_DNS_CHECK', 'NAME', 'FOR'],
  ...['REGISTRY_PASSWORD', 'STAGING_RUNNER', 'PRODUCTION_RUNNER'],
  ...['POSTGRES_', 'MARIADB_', 'MYSQL_', 'MONGO_', 'REDIS_', 'VALKEY_'],
]
const isForeign = (name: string) => FOREIGN.some((one) => (one.endsWith('_') ? name.startsWith(one) : name === one))
/** Files that the documents name as an example, and one that each engine has of its own. */
const EXAMPLES = ['compose/images/lock.json', 'compose/app.staging.yaml', '.github/workflows/dartagnan.yaml']

type Call = { readonly targets: string[]; readonly given: string[]; readonly words: string[] }
/** The calls of Make in a text of a shell. */
function callsIn(text: string): Call[] {
  return text.split(/&&|\|\||[;|()\n]/).flatMap((part) => {
    const [, before = '', after] = /^\s*(?:exec )?((?:[A-Z_]+=\S* )*)make(?: (.*))?$/.exec(part) ?? []
    if (after === undefined) return []
    const all = `${before} ${after}`.split(/\s+/).filter((word) => word !== '' && !/^(-\w|[<>]|…$|X$)/.test(word))
    const given = all.filter((word) => word.includes('='))
    const force = given.flatMap((word) => /^FORCE=(.*)/.exec(word)?.[1]?.split(',') ?? [])
    return [
      {
        targets: all.filter((word) => !word.includes('=')).map((word) => word.replace(/^(_|dartagnan-)/, '')),
        given: given.map((word) => word.split('=')[0] ?? ''),
        words: force.filter((word) => word !== '…'),
      },
    ]
  })
}

/** What is wrong with a call. */
function problemsOf({ targets: called, given, words }: Call): string[] {
  const missing = called.filter((name) => !entries.has(name)).map((name) => `no target ${name}`)
  const found = called.flatMap((name) => entries.get(name) ?? [])
  const options = new Set(found.flatMap(optionsOf))
  const isSetting = (name: string) => settingNames.some((one) => one === name) || isAppVariable(name)
  const unknown = given.filter((name) => !options.has(name) && !isSetting(name) && !isForeign(name))
  const force = found.flatMap((one) => one.force ?? [])
  const vain = words.filter((word) => !force.some((one) => one === word))
  return [
    ...missing,
    ...unknown.map((name) => `${called.join(' ')} takes no ${name}`),
    ...vain.map((word) => `${called.join(' ')} takes no FORCE=${word}`),
  ]
}

const ci = globSync(['.github/workflows/*', 'docs/guides/ci/*', '.ci/run'])
test.each([...GUIDES, '.env.example', ...ci])(
  'each call of make in %s must name targets, options and words of FORCE that exist',
  (file) => {
    const { commands, spans } = readGuide(/\.md$|example$/.test(file) ? read(file) : '')
    const run =
      read(file)
        .replaceAll(/^ *(#|\/\/).*$/gm, '')
        .match(/\bmake [a-z][\w =-]*/g) ?? []
    const lines = [...commands.map(({ line }) => bare(line)), ...spans, ...(ci.includes(file) ? run : [])]
    expect(lines.flatMap(callsIn).flatMap(problemsOf)).toEqual([])
  },
)

test.each(GUIDES)('%s must name settings, files and links that exist', (file) => {
  const { spans, links } = readGuide(read(file))
  const names = spans.flatMap((span) => /^([A-Z]+(?:_[A-Z]+)+|[A-Z]+(?==))(=\S*)?$/.exec(span)?.[1] ?? [])
  expect(names.filter((name) => !known.has(name) && !isAppVariable(name) && !isForeign(name))).toEqual([])
  const words = spans.flatMap((span) => /^FORCE=([\w,-]+)$/.exec(span)?.[1]?.split(',') ?? [])
  expect(words.filter((word) => !Object.hasOwn(FORCE_WORDS, word))).toEqual([])
  const paths = spans.filter((span) => /^(compose|scripts|docs|sample-app|\.github|\.ci)\/[\w./-]+$/.test(span))
  expect(paths.filter((path) => !existsSync(path) && !EXAMPLES.includes(path))).toEqual([])
  const broken = links.filter((link) => {
    const [path = '', anchor] = link.split('#')
    if (/^https?:/.test(link)) return false
    const to = path === '' ? file : join(dirname(file), path)
    if (!existsSync(to)) return true
    return anchor !== undefined && !readGuide(read(to)).headings.map(anchorOf).includes(anchor)
  })
  expect(broken).toEqual([])
})

test('the code must name documents that exist', () => {
  const files = globSync(['scripts/**/*.{ts,sh}', 'compose/**/*.{yaml,cfg,sh}', '.env.example', '.github/**/*.yaml'])
  const named = files.flatMap((file) =>
    [...read(file).matchAll(/\b(?:README|docs\/[\w/-]+)\.md\b/g)].map(([name]) => name),
  )
  expect([...new Set(named)].filter((name) => !existsSync(name))).toEqual([])
})

test("the README's first two commands must set up and ship, and set up and check", () => {
  const lines = readGuide(read('README.md')).commands.map(({ line }) => bare(line))
  expect(lines.slice(0, 2)).toEqual(['make setup ship', 'make setup check'])
})

test('each command that no test of the guides runs must still be in its guide, and the test that is named must exist', () => {
  for (const [file, commands] of Object.entries(ELSEWHERE)) {
    const lines = readGuide(read(file)).commands.map(({ line }) => bare(line))
    for (const [command, reason] of Object.entries(commands)) {
      expect(lines).toContain(command)
      for (const [name] of reason.matchAll(/scripts\/\S+\.ts|\.ci\/run/g)) expect(existsSync(name), name).toBe(true)
    }
  }
})

test.each(GUIDES)('a test must have seen the commands of %s to work, as they stand there', (file) => {
  const elsewhere = ELSEWHERE[file] ?? {}
  const run = readGuide(read(file)).commands.filter(({ line }) => !(bare(line) in elsewhere))
  if (run.length === 0) return
  expect(readProven()[file], `make proof SUITE=scripts/scenarios/guides runs them, and writes ${PROVEN}`).toBe(
    sumOf(file),
  )
})
