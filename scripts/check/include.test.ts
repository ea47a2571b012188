import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

// What a project's Makefile has must stay as it is when it includes the toolkit. Nothing runs here: make -n prints.
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'a project-'))
  symlinkSync(resolve('.'), join(folder, '.dartagnan'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const INCLUDE = 'include .dartagnan/dartagnan.mk\n'
function make(makefile: string, ...args: string[]) {
  writeFileSync(join(folder, 'Makefile'), makefile)
  const env = { PATH: process.env['PATH'], HOME: folder }
  const { stdout, stderr, status } = spawnSync('make', args, { cwd: folder, encoding: 'utf8', env })
  return { lines: stdout.trim().split('\n'), stderr, status }
}
const toolkit = (target: string) => `: bash .dartagnan/scripts/setup/toolkit.sh ${target}`

test.each([
  ['before', `${INCLUDE}build test: app\n\techo mine\napp: ; echo app\n`],
  ['after', `build test: app\n\techo mine\napp: ; echo app\n${INCLUDE}`],
])('targets of the project must stay its own, and those of the toolkit keep a prefix: %s them', (_, makefile) => {
  expect(make(makefile, '-n', 'build')).toEqual({ lines: ['echo app', 'echo mine'], stderr: '', status: 0 })
  expect(make(makefile, '-n', 'dartagnan-build').lines).toEqual([toolkit('build')])
  expect(make(makefile, '-n', 'deploy').lines).toEqual([toolkit('deploy')])
  expect(make(makefile, '-n', '-j4', 'ship').lines).toEqual(['build', 'test', 'tag', 'deploy'].map(toolkit))
  // The project's first target stays the default.
  expect(make(makefile, '-n').lines).toEqual(['echo app', 'echo mine'])
})

test('make help must list a target that the project has, too, by its other name', () => {
  const { lines } = make(`test: ; echo mine\n${INCLUDE}`, 'help')
  expect(lines.filter((line) => /make \S*test /.test(line))).toEqual([
    expect.stringMatching(/^ {2}make dartagnan-test /),
  ])
  // The toolkit's own tests are no targets of a project.
  expect(lines.join('\n')).not.toMatch(/make (check|proof|bench) /)
})

test('a Makefile with the line alone must show the help, and refuse what does not exist', () => {
  expect(make(INCLUDE).lines[0]).toBe('Pipeline')
  expect(make(INCLUDE, 'dploy').stderr).toMatch(/^error: there is no target "dploy"; did you mean deploy\?/)
  expect(make(INCLUDE, 'deploy', 'VRESION=1').stderr).toMatch(/^error: there is no variable "VRESION"/)
})

test('a clone without the submodule must fetch it, and must not take that for the default target', () => {
  const makefile = `${INCLUDE}.dartagnan/dartagnan.mk: ; git submodule update --init .dartagnan\n`
  expect(make(makefile).lines[0]).toBe('Pipeline')
  expect(make(makefile, 'dploy').stderr).toMatch(/^error: there is no target "dploy"/)
  rmSync(join(folder, '.dartagnan'))
  expect(make(makefile, 'status').lines).toContain('git submodule update --init .dartagnan')
})

test('folders with the names of targets must not keep these from running', () => {
  for (const name of ['build', 'test', 'deploy']) mkdirSync(join(folder, name))
  expect(make(INCLUDE, '-n', 'build', 'test', 'deploy').lines).toEqual(['build', 'test', 'deploy'].map(toolkit))
})

test("the project's shell, flags, parallel jobs and implicit rules must stay as they are", () => {
  const makefile = `SHELL := /bin/bash\nall: one.o two\n\techo "$(CFLAGS)"\ntwo: ; @echo $\${BASH_VERSION:+bash}\n${INCLUDE}`
  writeFileSync(join(folder, 'one.c'), '')
  const { lines, stderr } = make(makefile, '-n', 'all', 'CFLAGS=-O2 $(SHELL)')
  expect(lines).toEqual([expect.stringMatching(/-O2 \/bin\/bash.*one\.c/), expect.any(String), 'echo "-O2 /bin/bash"'])
  expect(stderr).toBe('')
})

test('a value for the toolkit must be data to make, and so must the name of a folder', () => {
  const marker = join(folder, 'hostile')
  for (const value of [`$(shell touch ${marker})`, `\`touch ${marker}\``])
    make(INCLUDE, '-n', 'deploy', `VERSION=${value}`)
  expect(() => execFileSync('ls', [marker], { stdio: 'pipe' })).toThrow()
})
