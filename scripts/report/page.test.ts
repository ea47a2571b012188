import { expect, test } from 'vitest'
import type { ReleaseEntry } from '../release/history.ts'
import { makeRelease } from '../release/make-release.ts'
import { Html, html } from './html.ts'
import { markServices } from './marks.ts'
import { type Report, renderPage } from './page.ts'

const at = '2026-01-01T00:00:00.000Z'
const entry: ReleaseEntry = {
  ...{ outcome: 'deployed', target: 'deploy', version: '1.0.0', revision: 'r', image: 'sha256:0123456789abcdef' },
  ...{ release: 'x', from: '', by: 'aramis', at, ms: 3000, cut: 0, held: 900, because: '', snapshot: '' },
  steps: [
    { step: 'start', ms: 2000 },
    { step: 'switch', ms: 1000 },
  ],
}
const samples = [0, 1000, 2000].map((ms) => ({
  ms,
  answers: ms / 10,
  errors: ms > 1000 ? 1 : 0,
  waiting: 0,
  p50: 2,
  p99: ms / 50,
}))
const release = makeRelease(
  { name: 'p', services: { app: { image: 'sha256:1' }, db: { image: 'i' }, proxy: {} } },
  { id: 'sha256:1', version: '1.0.0', revision: 'r', volumes: [] },
  { port: 8000, health: '/healthz', replicas: 1 },
  { template: '', hold: 10 },
)
const report = (over: Partial<Report> = {}): Report => ({
  at: Date.parse(at) + 60_000,
  url: 'http://127.0.0.1:8080',
  status: {
    ...{ project: 'p', isNew: false, outcome: 'serving', containers: [] },
    ...{ last: undefined, maintenance: undefined, run: undefined },
  },
  entries: [entry],
  samples: [{ at, samples }],
  layers: [{ by: 'COPY /out/ /', bytes: 1000, isNew: true }],
  evidence: undefined,
  verifications: [{ id: '0123456789', place: 'here', release: 'x', at, described: { data: { lines: 3 } } }],
  snapshots: [
    {
      ...{ id: '0123456789', at, release: 'x', version: '1.0.0', revision: '', target: 'backup' },
      modes: {},
      added: 500,
      bytes: 3000,
      files: 2,
    },
  ],
  marks: markServices(release),
  dangers: ['the service db runs as root'],
  ...over,
})

test('the page must need nothing from anywhere, run no script, and ask for nothing again', () => {
  const page = renderPage(report())
  expect(page).toContain('content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"')
  expect(page).not.toMatch(/<script|<img|<link|url\(|http-equiv="refresh"|@import/)
  expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toEqual(['http://127.0.0.1:8080'])
  expect(renderPage(report({ other: { path: '/still', says: 'hold it still' } }))).toContain(
    '<a href="/still">hold it still</a>',
  )
})

test.each([
  ['what serves', '<strong>1.0.0</strong> at'],
  ['each step, from its beginning to its end', 'aria-label="How long each step took"'],
  ['what requests felt', 'errors in 1 of 2 moments'],
  ['how long requests took', 'p99, 40 ms at most'],
  ['which layers are new', '1 of 1 layers are new'],
  ['that no evidence is kept', 'No evidence is kept'],
  ['the snapshots that were read back', '<code>01234567</code>'],
  ['how large a snapshot is', '3.0 kB'],
  ['what a snapshot added', '500 B'],
  ['what the hooks say of it', 'data.lines 3'],
  ['what a service may do', '<span class="bad">✗ no</span>'],
  ['what is dangerous', '✗ the service db runs as root'],
])('the page must show %s', (_, shown) => expect(renderPage(report())).toContain(shown))

test('before the first release the page must say so', () => {
  const empty = { entries: [], samples: [], layers: [], verifications: [], marks: [], dangers: [] }
  expect(renderPage(report(empty))).toContain('Nothing was released yet.')
})

test('no text may become markup, whoever has written it', () => {
  const hostile = `<img src=x onerror="alert('1')">&`
  const page = renderPage(
    report({
      entries: [{ ...entry, version: hostile, because: hostile, by: hostile }],
      layers: [{ by: hostile, bytes: 1, isNew: false }],
      dangers: [hostile],
    }),
  )
  expect(page).not.toContain('<img')
  expect(html`<p title="${hostile}">${[new Html('<b>'), html`${hostile}`]}</p>`.text).toBe(
    '<p title="&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;"><b>&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;</p>',
  )
})
