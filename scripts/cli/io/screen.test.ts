import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'screen-'))
afterAll(() => rmSync(folder, { recursive: true }))

// A target of two steps: a short one, and one whose command says something and then takes its time.
const TARGET = `
import { show } from '${resolve('scripts/cli/io/attach.ts')}'
import { log } from '${resolve('scripts/cli/io/log.ts')}'
import { printResult } from '${resolve('scripts/cli/io/result.ts')}'
log.step('take a short step', 'it is short')
log.step('take a long step', 'it is long')
await show(['bash', '-c', 'echo half way; sleep 2.4'])
log.note('to be known')
printResult({ options: { json: false } }, {}, 'done: all')
`
const run = async (terminal: boolean, env: Record<string, string> = {}, target = TARGET) => {
  const node = [process.execPath, '--input-type=module', '--eval', target]
  // script(1) gives it a terminal.
  const argv = terminal
    ? ['script', '-qec', node.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '), '/dev/null']
    : node
  const [program = '', ...rest] = argv
  return await promisify(execFile)(program, rest, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', VERBOSE: '', ...env },
  })
}
const log = () => readFileSync(join(folder, 'reports/last.log'), 'utf8')

test.concurrent('without a terminal each step that takes time must be one line, and a long one be said before it ends', async () => {
  const { stdout, stderr } = await run(false, { DARTAGNAN_CALL: '1' })
  expect(stdout).toBe('done: all\n')
  expect(stderr).toMatch(/^→ take a long step\n {2}to be known\n✓ take a long step {2}\d+\.\d s\n$/)
})

test.concurrent('on a terminal one line must live, say what it waits for and for how long, and end as a check mark', async () => {
  const { stdout } = await run(true, { DARTAGNAN_CALL: '2' })
  const frames = stdout.split('\r\x1b[K')
  expect(frames.some((frame) => /^. take a long step: half way {2}\d+\.\d s$/.test(frame))).toBe(true)
  // What stays of a frame that was erased are the lines above its last.
  const left = frames
    .map((frame, index) => (index + 1 < frames.length ? frame.slice(0, frame.lastIndexOf('\n') + 1) : frame))
    .join('')
  expect(left).toMatch(/^ {2}to be known\r\n✓ take a long step {2}\d+\.\d s\r\n(\^@)?done: all\r\n$/)
})

test.concurrent('between two steps a terminal must show the target, and nothing of it may stay', async () => {
  const target = `
import { beginTarget } from '${resolve('scripts/cli/io/screen.ts')}'
import { log } from '${resolve('scripts/cli/io/log.ts')}'
import { printResult } from '${resolve('scripts/cli/io/result.ts')}'
beginTarget('make it')
log.step('take a step', 'it is short')
log.done('a step is taken')
await new Promise((resolve) => setTimeout(resolve, 1500))
printResult({ options: { json: false } }, {}, 'done: all')
`
  const { stdout } = await run(true, { DARTAGNAN_CALL: '2' }, target)
  const frames = stdout.split('\r\x1b[K')
  expect(frames.at(-2)).toMatch(/^. make it {2}\d+\.\d s$/)
  expect(frames.at(-1)).toMatch(/^(\^@)?done: all\r\n$/)
  const plain = await run(false, { DARTAGNAN_CALL: '1' }, target)
  expect(plain.stderr).toMatch(/^✓ a step is taken {2}\d+\.\d s\n$/)
})

test.concurrent('with VERBOSE=1 all must be shown as it comes', async () => {
  const { stderr } = await run(false, { DARTAGNAN_CALL: '3', VERBOSE: '1' })
  expect(stderr.split('\n')).toEqual([
    '→ take a short step (it is short)',
    '→ take a long step (it is long)',
    "$ bash -c $'echo half way; sleep 2.4'",
    'half way',
    '  to be known',
    '',
  ])
})

test('the log must have all of one call of Make, be for its owner alone, and stay where nothing is done', async () => {
  const quick = TARGET.replace('; sleep 2.4', '')
  await run(false, { DARTAGNAN_CALL: '4' }, quick)
  expect(log()).toMatch(/^# call 4\n→ take a short step \(it is short\)\n/)
  expect(log()).toContain("$ bash -c $'echo half way'\nhalf way\n")
  await run(false, { DARTAGNAN_CALL: '4' }, quick)
  expect(log().match(/half way\n/g)).toHaveLength(2)
  await run(false, { DARTAGNAN_CALL: '5' }, quick)
  expect(log().match(/half way\n/g)).toHaveLength(1)
  expect(statSync(join(folder, 'reports/last.log')).mode & 0o777).toBe(0o600)
})

test('a result that is larger than a pipe must be written whole before the process ends', () => {
  const target = `import { flushResult, showResult } from '${import.meta.dirname}/screen.ts'
    showResult('x'.repeat(200_000)); await flushResult(); process.exit()`
  const command = 'node --input-type=module -e "$0" | { sleep 0.3; wc -c; }'
  expect(Number(execFileSync('sh', ['-c', command, target], { encoding: 'utf8' }))).toBe(200_000)
})
