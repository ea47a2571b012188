import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { REPORTS } from './io/reports.ts'
import { applicationReport, countTests, firstFailure, isTestReport, junitName, tooLarge } from './junit.ts'

test.each([
  ['junit.xml', 'junit-application.xml'],
  ['junit-slow.xml', 'junit-application-slow.xml'],
  ['TEST-com.example.Counter.xml', 'junit-application-TEST-com.example.Counter.xml'],
  ['coverage.html', undefined],
  ['../junit.xml', undefined],
  ['a b.xml', undefined],
])('%s from the application must be kept as %s', (name, file) => {
  expect(applicationReport(name)).toBe(file)
})

test('reports must be ignored by git: a file there would make the version dirty', () => {
  expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain(`${REPORTS}/`)
  expect(junitName('unit')).toBe('junit-unit.xml')
})

test('only reports of make test must count as reports of an image', () => {
  const names = ['application', 'application-slow', 'application-TEST-com.example.Counter', 'integration']
  const others = ['unit', 'tour', 'end-to-end', 'applications', 'application-../x', 'integration-2']
  expect([...names, ...others].filter((name) => isTestReport(`junit-${name}.xml`))).toEqual(names)
  expect(isTestReport('summary.md')).toBe(false)
})

test('a report above 5 MB, or beyond 20 MB together, must not be kept; a smaller one after it must', () => {
  const sized = (...sizes: number[]) => tooLarge(sizes.map((bytes) => ({ bytes }))).map(({ bytes }) => bytes)
  expect(sized(5e6, 0)).toEqual([])
  expect(sized(1, 5e6 + 1, 2)).toEqual([5e6 + 1])
  expect(sized(5e6, 5e6, 5e6, 4e6, 2e6, 1e6)).toEqual([2e6])
})

test('tests must be counted, whatever has become of them', () => {
  expect(
    countTests('<testsuite tests="2"><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite>'),
  ).toBe(2)
  expect(countTests('<testsuite/>')).toBe(0)
})

test('an error of make test must be able to name what failed, and not where in the test', () => {
  const report = (message: string) => `<testcase name="a"><failure message="${message}" type="Error">\nError</failure>`
  expect(firstFailure(report('app answers 400 on its health path /sum'))).toBe(
    'app answers 400 on its health path /sum',
  )
  expect(firstFailure(report('&quot;a&quot; &lt; b&#10;more'))).toBe('"a" < b')
  expect(firstFailure('<testcase name="a"/>')).toBeUndefined()
})
