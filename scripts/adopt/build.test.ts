import { expect, test } from 'vitest'
import { parseDockerfile } from '../image/dockerfile.ts'
import { EMPTY, ROOT } from '../testing/adoption.ts'
import { placedFiles } from './build.ts'

// Rules once had two answers to where COPY puts a file: one saw no earlier stage, the other no pattern.

const FILES = ['a.js', 'b.json', 'Procfile', 'lib/c.js', 'lib/deep/d.js', 'log/e.js']
test.each([
  ['a folder', 'COPY . .', ['/app/a.js', '/app/lib/deep/d.js', '/app/Procfile']],
  ['the content of a folder', 'COPY lib /srv', ['/srv/c.js', '/srv/deep/d.js']],
  ['a folder below WORKDIR', 'WORKDIR sub\nCOPY lib/ lib', ['/app/sub/lib/c.js', '/app/sub/lib/deep/d.js']],
  ['a file under another name', 'COPY a.js ../main.js', ['/main.js']],
  ['a file without an extension', 'COPY Procfile ./', ['/app/Procfile']],
  ['a file of a folder that is there', 'COPY a.js /etc/nginx\nCOPY b.json /app', ['/etc/nginx/a.js', '/app/b.json']],
  ['several files', 'COPY a.js b.json /x', ['/x/a.js', '/x/b.json']],
  ['a pattern of files', 'COPY *.js* ./', ['/app/a.js', '/app/b.json']],
  ['a pattern of folders', 'COPY li? ./', ['/app/c.js', '/app/deep/d.js']],
  ['a class of names', 'COPY [ab].js* ./', ['/app/a.js', '/app/b.json']],
  ['nothing', 'COPY *.py ./', []],
])('%s must lie where COPY puts it', (_, lines, places) => {
  const facts = parseDockerfile(`FROM node\nWORKDIR /app\n${lines}\n`)
  expect(placesIn(facts)).toEqual(expect.arrayContaining(places))
  if (!lines.includes('COPY . .')) expect(placesIn(facts)).toHaveLength(places.length)
})

test.each([
  ['its name', 'COPY --from=Make /app/lib /srv/'],
  ['its number', 'COPY --from=0 /app/lib /srv'],
  ['what it begins with', 'COPY --from=make /app/*b /srv'],
])('a file must lie where a later stage copies it from an earlier one by %s', (_, line) => {
  const facts = parseDockerfile(`FROM node AS make\nWORKDIR /app\nCOPY . .\nFROM node\nCOPY a.js /\n${line}\n`)
  expect(placesIn(facts)).toEqual(['/a.js', '/srv/c.js', '/srv/deep/d.js'])
})

test('what another image has is no file of the repository', () => {
  expect(placesIn(parseDockerfile('FROM node\nCOPY --from=other / /\n'))).toEqual([])
})

test.each([
  ['log\n', ['a.js', 'b.json', 'Procfile', 'lib/c.js', 'lib/deep/d.js']],
  ['# all\n*\n!/lib/\nlib/deep', ['lib/c.js']],
  ['**/*.js', ['b.json', 'Procfile']],
  ['lib/**\n*.json\nlog/*.js', ['a.js', 'Procfile']],
  ['/lib/\r\n*.js*\r\n! a.js\r\n', ['a.js', 'Procfile', 'log/e.js']],
  [`${'*a'.repeat(40)}`, FILES],
])('.dockerignore must hide files from a build: %j', (text, seen) => {
  const facts = parseDockerfile('FROM node\nCOPY . /\n')
  expect(placesIn(facts, { '.dockerignore': text })).toEqual(seen.map((file) => `/${file}`))
})

test('what is for one Dockerfile alone must be in the place of .dockerignore', () => {
  const facts = parseDockerfile('FROM node\nCOPY l* /\n')
  const sources = { 'docker/Web.dockerignore': 'log', '.dockerignore': '*' }
  expect(placesIn(facts, sources)).toEqual([])
  expect(placesIn(facts, sources, 'docker/Web')).toEqual(['/c.js', '/deep/d.js'])
})

function placesIn(
  facts: ReturnType<typeof parseDockerfile>,
  sources: Record<string, string> = {},
  dockerfile?: string,
): string[] {
  const tree = { ...EMPTY, tracked: FILES.map((file) => `web/${file}`), sources: inWeb(sources) }
  return placedFiles({ tree, context: `${ROOT}/web`, dockerfile, facts }, '/').map(([, place]) => place)
}
const inWeb = (sources: Record<string, string>) =>
  Object.fromEntries(Object.entries(sources).map(([file, text]) => [`web/${file}`, text]))
