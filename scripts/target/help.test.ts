import { execFileSync, spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { INTERNAL, OPTIONS } from '../config/options.ts'
import { settingNames } from '../config/settings.ts'
import { targets } from '../config/targets.ts'
import { renderCompletion } from './completion.ts'
import { renderHelp, renderTargetGuide, renderTargetList } from './help.ts'

// Files keep what the table renders; `vitest run -u scripts/target` writes them anew.
test('the guide, and the files that a bare host reads, must follow the table', async () => {
  await expect(renderTargetList()).toMatchFileSnapshot('../setup/targets.txt')
  await expect(renderHelp()).toMatchFileSnapshot('../setup/help.txt')
  await expect(renderTargetGuide()).toMatchFileSnapshot('../../docs/guides/targets.md')
  for (const shell of ['bash', 'zsh', 'fish'] as const)
    await expect(renderCompletion(shell)).toMatchFileSnapshot(`../setup/completion/${shell}`)
})

test('the Makefile must have the groups and the lines of the table, in its order', () => {
  const lines = readFileSync('dartagnan.mk', 'utf8').split('\n')
  let group = ''
  const found = lines.flatMap((line) => {
    group = /^##@ (.*)/.exec(line)?.[1] ?? group
    const [, name, help] = /^([a-z]+):[^#]*## (.*)/.exec(line) ?? []
    return name ? [[name, group, help]] : []
  })
  expect(found).toEqual(targets.map(([name, { group, line }]) => [name, group, line]))
})

test('the toolkit container must get every setting and every option', () => {
  const { services } = parse(readFileSync('compose/toolkit.yaml', 'utf8'))
  const given: string[] = services.toolkit.environment
  const others = ['IMAGE', 'CALLER', 'HOME', 'REMOTE', 'GUARD'].map((name) => `DARTAGNAN_${name}`)
  const wanted = [...settingNames, ...Object.keys(OPTIONS), ...Object.keys(INTERNAL)]
  expect(wanted.filter((name) => !given.includes(name) && !others.includes(name))).toEqual([])
  const application = given.filter((name) => name.startsWith('APP_') && !settingNames.some((known) => known === name))
  const passed = given.slice(0, given.indexOf('DARTAGNAN_CHECK')).filter((name) => !application.includes(name))
  expect(passed.filter((name) => !wanted.includes(name))).toEqual([])
})

const check = (goals: string, given = '') => {
  const { status, stderr } = spawnSync('sh', ['scripts/setup/check-words.sh', goals, given], { encoding: 'utf8' })
  return { status, stderr }
}

test.each([
  ['deploy', 'VRESION', 'there is no variable "VRESION"; did you mean VERSION?'],
  ['deploy', 'PROT', 'there is no variable "PROT"; did you mean PORT?'],
  ['dploy', '', 'there is no target "dploy"; did you mean deploy?'],
  ['build rolback', '', 'there is no target "rolback"; did you mean rollback?'],
  ['xylophone', '', 'there is no target "xylophone"'],
])('make %s %s must be refused with what was meant', (goals, given, says) => {
  const { status, stderr } = check(goals, given)
  expect(status).toBe(1)
  expect(stderr).toMatch(/^error: [^\n]*\n {2}next: make [^\n]*\n$/)
  expect(stderr.split('\n')[0]).toBe(`error: ${says}`)
})

test("an option of any of the targets, a setting and an application's own variable must pass in silence", () => {
  expect(check('setup build test tag deploy', 'VERSION NO_CACHE PORT APP_NOTE')).toEqual({ status: 0, stderr: '' })
})

test('an option that none of the targets takes must cause a warning', () => {
  expect(check('status', 'VERSION')).toEqual({
    status: 0,
    stderr: 'warning: make status does not take VERSION, and ignores it\n',
  })
})

test('bash must complete targets, options and the words of FORCE', () => {
  const complete = (line: string) => {
    const script = `compopt() { :; }; . scripts/setup/completion/bash; COMP_LINE=$1 COMP_POINT=\${#1}; _dartagnan_make; echo "\${COMPREPLY[*]}"`
    return execFileSync('bash', ['-c', script, '-', line], { encoding: 'utf8' }).trim()
  }
  expect(complete('make dep')).toBe('deploy')
  expect(complete('make deploy VERS')).toBe('VERSION=')
  expect(complete('make deploy FORCE=unt')).toBe('untested')
  expect(complete('make deploy FORCE=untested,ret')).toBe('untested,retest')
})

test('each target except those of the shell must have a door', () => {
  const doors = globSync('scripts/*.ts').map((file) => file.slice('scripts/'.length, -'.ts'.length))
  const withoutDoor = ['completion', 'help', 'ship']
  expect(
    targets
      .map(([name]) => name)
      .filter((name) => !withoutDoor.includes(name))
      .sort(),
  ).toEqual(doors.toSorted())
})
