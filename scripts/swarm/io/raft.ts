import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { tryJson } from '../../cli/parse.ts'
import type { Config } from '../../config/io/read.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { asked } from './nodes.ts'
import {
  create,
  findHead,
  type Head,
  LABEL,
  nameOf,
  noteGeneration,
  pullLedger,
  removeOthers,
  writeContent,
} from './raft-ledger.ts'

// Every manager has the ledger: Swarm's raft keeps it, in configs. One config is its head, whose labels say who has the lock and
// which generation of the content is the last; they change by compare-and-set (`version`). The content is in configs of its own,
// since a config's data never change. The ledger of this engine is a copy of it.
const text = v.string()
const HOLDER = v.object({ run: text, by: text, host: text, target: text, since: text, beat: v.number() })

const BEAT = 5
const DEAD = 20

// Gives whether nobody else has changed it meanwhile.
async function set({ ID, Version, Spec }: Head, labels: Record<string, string>): Promise<boolean> {
  const changed = { ...Spec, Labels: { ...Spec.Labels, ...labels } }
  return await asked(async () => {
    try {
      await engine.getConfig(ID).update({ _query: { version: Version.Index }, _body: changed } as object)
      return true
    } catch (error) {
      if (/out of sequence/.test(String(error))) return false
      throw error
    }
  })
}

const holderOf = ({ Spec }: Head) => {
  const found = tryJson(Spec.Labels[LABEL.holder] ?? '')
  return v.is(HOLDER, found) ? found : undefined
}
/** The ledger of a project, as all managers see it, with its lock held. */
export type Raft = {
  /** Puts what the ledger of this engine says where every manager sees it. Throws a Failure where the lock was lost. */
  readonly push: () => Promise<void>
  readonly release: () => Promise<void>
}

/**
 * Takes the lock of a project on all managers, and the ledger as the last holder left it. A holder that has not been heard of for
 * 20 s is dead. Throws a Failure that names one that is alive.
 */
export async function takeRaft({ PROJECT, WAIT, caller }: Config, target: string): Promise<Raft> {
  const own = { run: randomUUID(), by: caller, host: hostname(), target, since: new Date().toISOString() }
  const claim = () => ({ [LABEL.holder]: JSON.stringify({ ...own, beat: Date.now() }) })
  if (!(await findHead(PROJECT))) await create(PROJECT, nameOf(PROJECT), Buffer.from('{}'))
  const until = Date.now() + Math.max(WAIT, DEAD + BEAT) * 1000
  let known = ''
  let quiet = Date.now()
  for (;;) {
    const head = await findHead(PROJECT)
    const holder = head && holderOf(head)
    // A manager that was lost meanwhile may have taken it for us, and not said so.
    if (holder?.run === own.run) break
    const beat = `${holder?.run} ${holder?.beat}`
    if (beat !== known) quiet = Date.now()
    // Its clock may be another one: what counts is that nothing was heard of it here.
    const isDead = beat === known && Date.now() - quiet > DEAD * 1000
    if (head && (!holder || isDead) && (await set(head, claim()))) break
    if (holder && beat !== known && known !== '' && WAIT === 0)
      throw new Failure(
        `${target} cannot start: make ${holder.target} of ${holder.by} on ${holder.host} holds the project since ${holder.since}`,
        { next: `make ${target} WAIT=60   (waits for it to end)` },
      )
    if (Date.now() > until)
      throw new Failure(`${target} cannot start: another run holds ${PROJECT}`, { next: `make ${target} WAIT=60` })
    log.waits(holder ? `make ${holder.target} of ${holder.by} on ${holder.host}` : '')
    known = beat
    await sleep(1000)
  }
  await pullLedger(PROJECT)
  return holdRaft(PROJECT, own.run, claim)
}

let lost = false
/** Throws a Failure where another run has taken the lock of this one: what this one goes on to change would be that one's. */
export function requireRaft(): void {
  if (lost) throw new Failure('another run has taken this project since', { next: 'make status' })
}

function holdRaft(project: string, run: string, claim: () => Record<string, string>): Raft {
  let working = Promise.resolve()
  const change = async (labels: () => Record<string, string>) => {
    for (;;) {
      const head = await findHead(project)
      lost ||= head === undefined || holderOf(head)?.run !== run
      requireRaft()
      if (head && (await set(head, labels()))) return head
    }
  }
  const inTurn = (work: () => Promise<unknown>) => {
    const next = working.then(work)
    working = next.then(
      () => {},
      () => {},
    )
    return next
  }
  const timer = setInterval(() => void inTurn(() => change(claim)).catch(() => {}), BEAT * 1000)
  const push = async () => {
    const { generation, parts } = await writeContent(project)
    await change(() => ({ ...claim(), [LABEL.generation]: String(generation), [LABEL.parts]: String(parts) }))
    noteGeneration(project, generation)
    await removeOthers(project, generation)
  }
  return {
    push: () => inTurn(push).then(() => {}),
    release: async () => {
      clearInterval(timer)
      await inTurn(() => change(() => ({ [LABEL.holder]: '' })))
    },
  }
}
