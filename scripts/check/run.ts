import { attach } from '../io/exec.ts'
import { log } from '../io/log.ts'
import type { Suite } from './suites.ts'

export type Outcome = { readonly name: string; readonly passed: boolean; readonly seconds: number }

/** Runs suites one after the other, each up to its first command that fails. */
export async function runSuites(chosen: readonly Suite[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const { name, commands } of chosen) {
    log.step(`check ${name}`, `${outcomes.length + 1} of ${chosen.length}`)
    const started = performance.now()
    let passed = true
    for (const { argv, env } of commands)
      passed = passed && (await attach(argv, { ...env, DARTAGNAN_CHECK: '1' })) === 0
    outcomes.push({ name, passed, seconds: Math.round((performance.now() - started) / 1000) })
  }
  return outcomes
}
