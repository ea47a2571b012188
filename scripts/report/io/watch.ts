import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../cli/failure.ts'
import { attach } from '../../cli/io/attach.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { leaveScreen } from '../../cli/io/screen.ts'
import { printable } from '../../cli/printable.ts'
import type { Config } from '../../config/io/read.ts'
import { type Frame, renderFrame } from '../live.ts'
import { readFrame } from './frame.ts'

// In milliseconds.
const [EVERY, PATIENCE, GONE] = [1000, 3000, 60_000]
const [ENTER, LEAVE, TOP, REST] = ['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l', '\x1b[H', '\x1b[J']
// A terminal says where its cursor is. One that was closed no longer does, and nothing else tells this container of it.
const ASK = '\x1b[6n'
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what its answer begins with
const ANSWER = /\x1b\[\d+;\d+R/g

/** Shows what serves until a key ends it. Throws a Failure where there is no terminal. */
export async function watchStatus(config: Config): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new Failure('WATCH=1 needs a terminal, and the engine of this host', { next: 'make status' })
  const show = (text: string) => process.stdout.write(text)
  const seen: { before?: Frame | undefined; last?: Frame } = {}
  let pending: Promise<void> | undefined
  let key = ''
  let heard = Infinity
  const onKey = (data: Buffer) => {
    const typed = data.toString().replaceAll(ANSWER, '')
    if (typed === '') heard = Date.now()
    else key = typed
  }
  const listen = () => void process.stdin.setRawMode(true).resume().on('data', onKey)
  const rest = () => void process.stdin.off('data', onKey).setRawMode(false).pause()
  leaveScreen()
  show(ENTER)
  listen()
  try {
    for (;;) {
      pending ??= readFrame(config)
        .then((frame) => {
          seen.before = seen.last
          seen.last = frame
        })
        .catch(() => {})
        .finally(() => {
          pending = undefined
        })
      await Promise.race([pending, sleep(PATIENCE)])
      const { before, last } = seen
      const silent = last ? Date.now() - last.at : 0
      const text = last
        ? renderFrame(last, before, silent > PATIENCE ? silent : 0, process.stdout.columns || 80)
        : 'asking the engine'
      show(`${TOP}${printable(text).replaceAll('\n', '\x1b[K\n')}\x1b[K${REST}${ASK}`)
      for (const until = Date.now() + EVERY; Date.now() < until && key === ''; ) await sleep(50)
      if (key === 'q' || key === '\x03' || key === '\x04' || Date.now() - heard > GONE) return
      const targets = actions[key]
      key = ''
      if (!targets) continue
      rest()
      show(LEAVE)
      for (const [index, env] of targets.entries()) {
        if (index > 0 && !(await confirms('y goes on, any other key goes back'))) break
        const status = await attach(['make', '-f', ofToolkit('dartagnan.mk'), `_${env.target}`], {
          WATCH: '',
          PLAN: env.plan,
        })
        if (status !== 0) {
          await confirms('any key goes back')
          break
        }
        if (index === targets.length - 1) await confirms('any key goes back')
      }
      show(ENTER)
      listen()
    }
  } finally {
    rest()
    show(LEAVE)
  }
}

// What a key runs: each after the other, once the one before was agreed to.
const actions: Readonly<Record<string, readonly { target: string; plan: string }[]>> = {
  l: [{ target: 'logs', plan: '' }],
  p: [{ target: 'plan', plan: '' }],
  r: [
    { target: 'rollback', plan: '1' },
    { target: 'rollback', plan: '' },
  ],
}

async function confirms(question: string): Promise<boolean> {
  process.stdout.write(`\n${question} `)
  process.stdin.setRawMode(true).resume()
  const [data] = (await once(process.stdin, 'data')) as [Buffer]
  process.stdin.setRawMode(false).pause()
  process.stdout.write('\n')
  return data.toString() === 'y'
}
