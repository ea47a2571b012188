import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { fillIn } from '../docker/compose-variables.ts'
import { changedOrigins, lineOf } from '../image/proposed.ts'
import { adopt, composed, ROOT, said, WEB } from '../testing/adoption.ts'
import { differs, parseFilled, theirsOf, withoutSecrets, withoutUnchanged, withValues } from './env-lines.ts'
import { SECRETS_SIGN } from './names.ts'
import type { Project } from './source-tree.ts'
import { envValue } from './variables.ts'

test('secrets must leave .env, and what its user has written must stay', () => {
  const text = `MINE=1\n${SECRETS_SIGN}\nAPP_TOKEN='a b'\nAPP_KEY=x\nOTHER=2\nAPP_MINE=3\n`
  expect(withoutSecrets(text)).toBe('MINE=1\nOTHER=2\nAPP_MINE=3\n')
  expect(withoutSecrets(`${text}${SECRETS_SIGN}\nAPP_LATER=1`), 'those of a second run, too').toBe(withoutSecrets(text))
  const written = withValues('MINE=1\n', {}, { APP_KEY: 'x' })
  expect(withoutSecrets(`${written}APP_MINE=3\n`), 'what follows is the user’s').toBe('MINE=1\nAPP_MINE=3\n')
})

test('the lines of init, and the settings of the toolkit, must be no part of the application’s environment', () => {
  const text = `PORT=3000\nENV=x\nAPP_NAME=shop\nAPP_MEMORY=2g\nAPP_INTERNAL=true\n${SECRETS_SIGN}\nAPP_KEY=x\nAPP_NAME=other\n`
  const theirs = (settings: string | undefined) => Object.keys(theirsOf(text, settings))
  expect(theirs(undefined), 'before the first run, what is there is the user’s').toEqual([
    'PORT',
    'ENV',
    'APP_NAME',
    'APP_MEMORY',
    'APP_INTERNAL',
  ])
  expect(theirs('PROJECT=shop\nAPP_VARIABLES=PORT,BIND\n')).toEqual(['PORT', 'APP_NAME'])
  expect(theirs('APP_VARIABLES=APP_MEMORY\n')).toEqual(['APP_NAME', 'APP_MEMORY'])
})

test('what init wrote must follow the Compose file, and what a person wrote or changed must stay', () => {
  const first = withValues('APP_MINE=1', { PROJECT: 'shop' }, { APP_KEY: 'dev', APP_GONE: "'a b'", APP_MINE: '2' })
  expect(first).toMatch(/^APP_MINE=1\nPROJECT=shop\n# .* \w+\nAPP_KEY=dev\nAPP_GONE='a b'\n\n$/)
  expect(withValues(first, {}, { APP_KEY: 'dev' }), 'nothing is new').toContain('APP_KEY=dev\n')
  const more = `${first}COMPOSE_FILE=prod.yaml\n`
  const second = withValues(more, {}, { APP_KEY: 'prod', APP_NEW: 'n' })
  expect(second).toMatch(
    /^APP_MINE=1\nPROJECT=shop\nCOMPOSE_FILE=prod.yaml\n# .* \w+\nAPP_GONE='a b'\nAPP_KEY=prod\nAPP_NEW=n\n\n$/,
  )
  const changed = second.replace('APP_KEY=prod', 'APP_KEY=mine')
  const third = withValues(changed, {}, { APP_KEY: 'other', APP_NEW: 'm', APP_LATER: '3' })
  expect(third.startsWith(changed)).toBe(true)
  expect(parse(third)).toMatchObject({ APP_KEY: 'mine', APP_NEW: 'n', APP_LATER: '3' })
  expect(withoutSecrets(third)).toBe('APP_MINE=1\nPROJECT=shop\nCOMPOSE_FILE=prod.yaml\n')
})

test('where the values come from must be said beside them, once, and be no part of what the user has written', () => {
  const origin = (path: string) => lineOf({ path, text: 'A=1', command: 'make it' })
  const first = withValues('MINE=1\n', {}, { APP_A: '1' }, [origin('a.env'), origin('.env')])
  expect(first).toMatch(/^MINE=1\n# Made from a.env \w+, by: make it\n# Made from .env .*\n# Secrets .*\nAPP_A=1\n\n$/)
  const second = withValues(first, {}, { APP_A: '2' }, [origin('a.env')])
  expect(second).toBe(withValues('MINE=1\n', {}, { APP_A: '2' }, [origin('a.env')]))
  const changed = second.replace('APP_A=2', 'APP_A=3')
  const third = withValues(changed, {}, { APP_A: '4' }, [origin('b.env')])
  expect(third).toBe(`${changed.replace(`${origin('a.env')}\n`, '')}${origin('b.env')}\n`)
  for (const strip of [withoutSecrets, withoutUnchanged]) expect(strip(second)).toBe('MINE=1\n')
})

// Code that reads its own .env by parse_ini_file had false, also in the checkout: to PHP, such a line is a key.
test('a comment that is written to .env must have no sign that PHP refuses in a key, and what had one must still count', () => {
  const origin = lineOf({ path: 'a.env', text: 'A=1', command: 'make dartagnan-init WRITE=1' })
  const text = withValues('MINE=1\n', {}, { APP_A: '1' }, [origin])
  const comments = text.split('\n').filter((line) => line.startsWith('#'))
  expect(comments).toHaveLength(2)
  for (const line of comments) expect(line).not.toMatch(/[[\]{}()|&~!^$;"]/)
  const before = text.replaceAll(/\b([0-9a-f]{12})\b/g, '[$1]')
  expect(before).not.toBe(text)
  for (const strip of [withoutSecrets, withoutUnchanged]) expect(strip(before)).toBe('MINE=1\n')
  expect(withValues(before, {}, { APP_A: '1' }, [origin])).toBe(text)
  expect(changedOrigins(before, () => 'A=1')).toEqual([])
  expect(changedOrigins(before, () => 'A=2')).toMatchObject([{ path: 'a.env' }])
})

test('only what a value is copied from must be compared later, and by no sum in git', () => {
  const copiedIn = (value: string, tracked: string[]) =>
    adopt(
      { web: { ...WEB, environment: { TOKEN: value } } },
      { project: { envFiles: ['.env', `${ROOT}/a/b.env`] }, tree: { tracked } },
    ).copied
  expect(copiedIn('t', [])).toEqual({ paths: ['.env', 'a/b.env'], command: 'make dartagnan-init WRITE=1' })
  expect(copiedIn('t', ['.env']).paths).toEqual([])
})

// A later change of such a file had no effect, and neither ship nor plan said so.
test.each<readonly [string, Partial<Project>, string[]]>([
  ['an env_file', { envFiles: ['.env', `${ROOT}/a/b.env`] }, ['a/b.env']],
  ['an env_file that is not there', { envFiles: ['.env', `${ROOT}/a/b.env`], absent: [`${ROOT}/a/b.env`] }, []],
  ['an .env that the Compose file takes a value of', { envFiles: ['.env'], given: { TAG: '1' } }, ['.env']],
  ['an .env that it takes none of', { envFiles: ['.env'], given: { OTHER: '1' } }, []],
])(
  'a file must be compared later whose values are no secrets, and init says where they go: %s',
  (_, project, files) => {
    const over = { project: { text: `\${TAG} 3000`, ...project } }
    const adoption = adopt({ web: { ...WEB, environment: { PORT: '3000' } } }, over)
    expect(composed(adoption).services['app']?.['environment']).toEqual({ PORT: '3000' })
    expect(adoption.copied.paths.filter((path) => files.includes(path))).toEqual(files)
    const facts = said(adoption, 'settings').filter((one) => one.includes('after a change'))
    const told = `ok: what services get from ${files} goes into dartagnan.compose.yaml, or into .env as APP_…; after a change there: make dartagnan-init WRITE=1`
    expect(facts).toEqual(files.length > 0 ? [told] : [])
    if (files.length === 0) expect(adoption.copied.paths).toEqual([])
  },
)

test('a value of .env that the Compose files no longer say must be told by its name, and never shown', () => {
  const environment = { SECRET_KEY: 'a prod', TOKEN: 't' }
  const secretsWith = (env: string) => {
    const adoption = adopt({ web: { ...WEB, environment } }, { tree: { given: parse(withoutUnchanged(env)) } })
    expect(JSON.stringify(adoption.findings)).not.toContain('a prod')
    return said(adoption, 'secrets').filter((one) => one.includes('another value'))
  }
  const told = 'note: .env has another value than the Compose file for APP_SECRET_KEY: the release gets that of .env'
  expect(secretsWith("APP_SECRET_KEY='a prod'\nAPP_TOKEN=t\n")).toEqual([])
  expect(secretsWith(`${SECRETS_SIGN}\nAPP_SECRET_KEY=dev\nAPP_TOKEN=t\n`)).toEqual([told])
  expect(secretsWith(withValues('', {}, { APP_SECRET_KEY: 'dev' })), 'which the next run replaces').toEqual([])
  expect(differs({ A: 'a b' }, 'A', "'a b'")).toBe(false)
})

test('a value of .env must be in quotes in which none of its signs means anything', () => {
  expect(['a b', "we'll", 'say "x"', "it's $5", `"'`].map(envValue)).toEqual([
    "'a b'",
    '"we\'ll"',
    '\'say "x"\'',
    undefined,
    undefined,
  ])
  expect(fillIn(`\${A} \${B}`, { A: "'a b'", B: '"we\'ll"' }), 'as Compose reads them').toBe("a b we'll")
})

test('a value that names another one must have it, as libraries and Compose read it, and in single quotes must not', () => {
  const text = `NAME=shop\nA="\${NAME} x"\nB=\${NAME}\nC='\${NAME}'\nD=\${OTHER}\nE="\\\${NAME}"\n`
  const values = { NAME: 'shop', A: 'shop x', B: 'shop', C: `\${NAME}`, D: `\${OTHER}` }
  expect(parseFilled(text)).toMatchObject(values)
  expect(theirsOf(text, undefined)).toMatchObject(values)
  expect(parseFilled(text)['E']).toContain(`\${NAME}`)
})
