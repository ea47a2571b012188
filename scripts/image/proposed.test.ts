import { expect, test } from 'vitest'
import { Failure } from '../cli/failure.ts'
import { isSealed, isSigned, originOf, requireCurrent, SIGN, seal, withOrigin } from './proposed.ts'

const SOURCE = 'FROM node:24\nENV A=1\n'
const COMMAND = 'make dartagnan-init WRITE=1'
const ORIGIN = { path: 'Dockerfile', text: SOURCE, command: COMMAND }
const MADE = seal(withOrigin(`${SOURCE}COPY a /a/\n`, ORIGIN))
const FILE = 'web/dartagnan.app.Dockerfile'

function refusal(dockerfile: string, source: string | undefined): string | undefined {
  try {
    requireCurrent({ file: FILE, dockerfile }, source)
    return undefined
  } catch (error) {
    return error instanceof Failure ? `${error.message}\n${error.next}` : 'no failure'
  }
}

test.each([
  ['the same text', MADE, SOURCE],
  ['other line ends, as git may give them', MADE, SOURCE.replaceAll('\n', '\r\n')],
  ['the mark of some editors', MADE, `\uFEFF${SOURCE}`],
  ['another end of the file', MADE, `${SOURCE}\n`],
  ['a sum as an older version wrote it', MADE.replace(/(?<=Dockerfile )\w{12}/, '[$&]'), SOURCE],
  ['a Dockerfile that is there no longer', MADE, undefined],
  ['a file from before there was the line', seal(`${SOURCE}COPY a /a/\n`), 'FROM other\n'],
  ['a file of the user', SOURCE, 'FROM other\n'],
  ['a copy of a file of the user that begins as the line does', `# Made from scratch\n${SOURCE}`, 'FROM other\n'],
])('%s must be taken as it is', (_, dockerfile, source) => {
  expect(refusal(dockerfile, source)).toBeUndefined()
})

test('a Dockerfile that has changed since another was made from it must be refused, with the command that makes it anew', () => {
  expect(originOf({ file: FILE, dockerfile: MADE })).toBe('web/Dockerfile')
  expect(originOf({ file: FILE, dockerfile: SOURCE })).toBeUndefined()
  expect(originOf({ file: 'web/Dockerfile', dockerfile: MADE }), 'a file that took the place of it').toBeUndefined()
  const said = `${FILE} is what is built, and web/Dockerfile, which it was made from, has changed since`
  expect(refusal(MADE, `${SOURCE}ENV B=2\n`)).toMatch(`${said}\n${COMMAND}   (where `)
})

test('one that was changed by hand must be kept, until its line says that it has the change', () => {
  const edited = `${MADE}USER 1\n`
  const changed = `${SOURCE}ENV B=2\n`
  expect(refusal(edited, SOURCE)).toBeUndefined()
  const said = refusal(edited, changed)
  expect(said).toContain(`somebody has changed ${FILE}: put the change into it by hand`)
  expect(said).toContain(`rm ${FILE} && ${COMMAND}`)
  const [line = ''] = /# Made from Dockerfile \w+, by: make dartagnan-init WRITE=1(?= {3})/.exec(said ?? '') ?? []
  expect(refusal(edited.replace(/^# Made from .*$/m, line), changed)).toBeUndefined()
})

test('what BuildKit reads only at the top must stay there, and the seal must count all the same', () => {
  const top = '# syntax=docker/dockerfile:1\n# escape=`\n'
  const source = `${top}FROM a\n`
  const made = seal(withOrigin(source, { ...ORIGIN, text: source }))
  expect(made).toMatch(/^# syntax=.*\n# escape=`\n# Proposed by .*\n# Made from Dockerfile .*\nFROM a\n$/)
  expect([isSealed(made), isSigned(made), seal(made) === made]).toEqual([true, true, true])
  expect([isSealed(`${made}USER 1\n`), isSigned(`${made}USER 1\n`)]).toEqual([false, true])
  expect([isSealed(source), isSigned(source)]).toEqual([false, false])
})

test('a file that an older version has sealed must still count as unchanged, where its directives came below the sign', () => {
  const sum = /\[(\w+)\]/.exec(seal('# syntax=a\nFROM a\n'))?.[1]
  expect(isSealed(`${SIGN} [${sum}]\n# syntax=a\nFROM a\n`)).toBe(true)
  expect(isSealed(`${SIGN} [${sum}]\n# syntax=a\nFROM b\n`)).toBe(false)
})
