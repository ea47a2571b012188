import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAuthority, makeCertificate } from '../testing/certificate.ts'
import {
  type CertificateState,
  describeCertificate,
  handedFiles,
  isAnswer,
  isWorrying,
  joinPem,
  parseState,
  planHandOver,
} from './certificate.ts'
import { needsCare, renderGate } from './status.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const state: CertificateState = {
  ...{ project: 'journal', kind: 'acme', names: 'a.test', asked: 'a.test', ends: '2026-07-01T00:00:00Z' },
  ...{ success: '2026-05-01T00:00:00Z', failure: '', error: '', next: '' },
}
const failed = { ...state, failure: '2026-05-31T23:00:00Z', error: 'no route', next: '2026-06-01T01:00:00Z' }

test.each<[string, CertificateState, boolean]>([
  ['certificate by ACME: ends in 30d', state, false],
  ['certificate by ACME: ends in 30d; getting the next failed 1h ago: no route; it is tried again in 1h', failed, true],
  [
    'certificate by ACME: there is none yet; getting the next failed 1h ago: no route; it is tried again in 1h',
    { ...failed, ends: '' },
    true,
  ],
  ['certificate of your own: ended 1d ago', { ...state, kind: 'own', ends: '2026-05-31T00:00:00Z' }, true],
  ['certificate of your own: ends in 9d', { ...state, kind: 'own', ends: '2026-06-10T00:00:00Z' }, true],
])('%s', (text, one, worrying) => {
  expect(describeCertificate(one, now)).toBe(text)
  expect(isWorrying(one, now)).toBe(worrying)
})

test('what the companion writes must be read, and anything else be none', () => {
  expect(parseState(JSON.stringify(state))).toEqual(state)
  for (const text of ['', 'x', '{}', '[]', JSON.stringify({ ...state, kind: 'x' })])
    expect(parseState(text)).toBeUndefined()
})

test('what a deploy waits for must be its own certificate, and no failure of the one before', () => {
  const wanted = { kind: 'acme', names: 'a.test', asked: '2026-05-31T22:00:00Z', madeSince: '' }
  const other = { ...failed, names: 'b.test' }
  expect(isAnswer(state, wanted)).toBe(true)
  expect(isAnswer(state, { ...wanted, madeSince: '2026-05-31T22:00:00Z' })).toBe(false)
  expect(isAnswer(other, wanted)).toBe(true)
  expect(isAnswer({ ...other, asked: 'b.test' }, wanted)).toBe(false)
  expect(isAnswer(other, { ...wanted, kind: 'local' })).toBe(false)
  expect(isAnswer(other, { ...wanted, asked: '2026-05-31T23:30:00Z' })).toBe(false)
})

test('the status must name each address, and say what to do where the gate does not run', () => {
  const gate = { gate: 'g', runs: true, sites: ['a.test', 'b.test'], tls: 'acme', certificate: state } as const
  expect(renderGate(gate, now)).toBe('gate g: https://a.test, https://b.test\n  certificate by ACME: ends in 30d')
  expect(needsCare(gate, now)).toBe(false)
  expect(renderGate({ ...gate, runs: false }, now)).toMatch(/does not run.*\n {2}next: make gate$/)
  expect(needsCare({ ...gate, runs: false }, now)).toBe(true)
  expect(needsCare({ ...gate, certificate: undefined }, now)).toBe(true)
  expect(needsCare({ ...gate, tls: 'none', certificate: undefined }, now)).toBe(false)
})

const folder = mkdtempSync(join(tmpdir(), 'gate-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const read = (name: string) => readFileSync(at(name), 'utf8')
beforeAll(async () => {
  await makeAuthority(folder, 'ca')
  await makeCertificate(folder, 'ca', 'own', 'subjectAltName=DNS:a.test,DNS:*.b.test')
})

test("a certificate of one's own must come with its key, be valid, and be for every name", () => {
  const join = (hosts: string[], key = 'own.key', at = Date.now()) => joinPem(read('own.crt'), read(key), hosts, at)
  expect(join(['a.test', 'x.b.test'])).toBe(`${read('own.crt').trim()}\n${read('own.key').trim()}\n`)
  expect(() => join(['a.test', 'c.test'])).toThrow('not for c.test')
  expect(() => join(['a.test'], 'ca.key')).toThrow('does not belong')
  expect(() => join(['a.test'], 'own.crt')).toThrow('TLS_KEY_FILE is not in PEM form')
  const weak = ['-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=a.test', '-addext', 'subjectAltName=DNS:a.test']
  spawnSync('openssl', ['req', '-x509', ...weak, '-keyout', at('weak.key'), '-out', at('weak.crt')])
  expect(() => joinPem(read('weak.crt'), read('weak.key'), ['a.test'], Date.now())).toThrow('has 1024 bits')
  expect(() => join(['a.test'], 'own.key', Date.now() + 3 * 86_400_000)).toThrow('has ended')
})

test("a deploy must wait for another certificate where one's own file has changed, and not for a change of what serves the next one", () => {
  const [own, ca, dns] = handedFiles('shop') as [string, string, string]
  const there = { [own]: 'a', [ca]: '', [dns]: 'TOKEN=1' }
  expect(planHandOver({ [own]: 'b' }, { ...there, [dns]: '' })).toEqual({
    written: { [own]: 'b' },
    removed: [],
    isNew: true,
  })
  const next = { [ca]: 'root', [dns]: 'TOKEN=2' }
  expect(planHandOver(next, there)).toEqual({ written: next, removed: [], isNew: false })
  expect(planHandOver(next, next)).toEqual({ written: {}, removed: [], isNew: false })
})

test("a DNS provider's key must not stay with the gate once nobody uses it", () => {
  const there = { 'shop.own': 'a', 'shop.ca': 'root', 'shop.dns': 'TOKEN=1' }
  expect(planHandOver({}, there).removed).toEqual(['shop.ca', 'shop.dns'])
})
