import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { applicationReport, junitFile, REPORTS } from './reports.ts'

test.each([
  ['junit.xml', 'reports/junit-application.xml'],
  ['junit-slow.xml', 'reports/junit-application-slow.xml'],
  ['TEST-com.example.Counter.xml', 'reports/junit-application-TEST-com.example.Counter.xml'],
  ['coverage.html', undefined],
  ['../junit.xml', undefined],
  ['a b.xml', undefined],
])('%s from the application must be kept as %s', (name, file) => {
  expect(applicationReport(name)).toBe(file)
})

test('reports must be ignored by git: a file there would make the version dirty', () => {
  expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain(`${REPORTS}/`)
  expect(junitFile('unit')).toBe('reports/junit-unit.xml')
})
