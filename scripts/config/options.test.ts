import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FORCE_WORDS, OPTIONS, parseOptions, travelling } from './options.ts'
import { settingNames } from './settings.ts'

test('an option that is not given must be undefined, false, or no word at all', () => {
  expect(parseOptions({ REF: '', JSON: '' })).toMatchObject({ ref: undefined, json: false, noCache: false })
  expect(parseOptions({}).force.size).toBe(0)
  expect(Object.keys(parseOptions({}))).toHaveLength(Object.keys(OPTIONS).length + 3)
})

test('each option must be read by its name, and a flag that is 0 must mean no', () => {
  const given = { REF: 'main', NO_CACHE: '1', JSON: '0', FOLLOW: 'yes', SNAPSHOT: '3f9c' }
  const read = { ref: 'main', noCache: true, json: false, follow: true, snapshot: '3f9c' }
  expect(parseOptions(given)).toMatchObject(read)
})

test('FAULT_AT must count only inside `make check`', () => {
  expect(parseOptions({ FAULT_AT: '3:before' }).fault).toBeUndefined()
  expect(parseOptions({ FAULT_AT: '3:before', DARTAGNAN_CHECK: '1' }).fault).toBe('3:before')
})

test('FORCE must take one word or several', () => {
  expect([...parseOptions({ FORCE: 'untested' }).force]).toEqual(['untested'])
  expect([...parseOptions({ FORCE: 'run-log,promotion' }).force]).toEqual(['run-log', 'promotion'])
  for (const FORCE of ['', '0']) expect(parseOptions({ FORCE }).force.size).toBe(0)
})

test.each(['1', 'yes', 'all', 'untested,', 'untested,1', 'untested promotion', 'Untested', 'toString', ' untested'])(
  'FORCE=%j must be refused with every word and what it does',
  (FORCE) => {
    const refused = () => parseOptions({ FORCE })
    expect(refused).toThrow(JSON.stringify(FORCE))
    for (const [word, does] of Object.entries(FORCE_WORDS))
      expect(refused).toThrow(expect.objectContaining({ detail: expect.stringMatching(`FORCE=${word} +${does}`) }))
  },
)

test('no option may be a setting, and the toolkit container must get each option', () => {
  const toolkit = readFileSync('compose/toolkit.yaml', 'utf8')
  for (const name of Object.keys(OPTIONS)) {
    expect(settingNames).not.toContain(name)
    expect(toolkit).toMatch(new RegExp(`^ +- '?${name}'?$`, 'm'))
  }
})

test('a run on another engine must get the options that it may use there', () => {
  const given = [
    'REF',
    'VERSION',
    'PLAN',
    'SERVICE',
    'SNAPSHOT',
    'DATA',
    'CONFIRM',
    'FOLLOW',
    'INIT',
    'DRAIN',
    'ACTIVATE',
    'FORCE',
    'JSON',
    'ON',
    'HOLD',
  ]
  const internal = ['VERBOSE', 'DARTAGNAN_CHECK', 'FAULT_AT', 'NO_COLOR', 'CI']
  expect(travelling.toSorted()).toEqual([...given, ...internal].sort())
})
