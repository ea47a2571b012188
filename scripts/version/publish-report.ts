import { pushArgv } from './publish-plan.ts'

export type Released = {
  readonly outcome: 'released' | 'unchanged'
  readonly version: string
  /** What was raised, and the commits in it; null where an earlier run had made the commit. */
  readonly bump: string | null
  readonly commits: number | null
  readonly pushed: boolean
}

/** What became of it, and how to publish it where there is no remote. */
export function renderReleased({ outcome, version, bump, commits, pushed }: Released, branch: string): string {
  if (outcome === 'unchanged') return `unchanged: HEAD is ${version}, and there is nothing to release since`
  const why = bump === null ? '' : ` (${bump}: ${commits} ${commits === 1 ? 'commit' : 'commits'})`
  if (pushed) return `released: ${version}${why}, pushed to origin`
  const push = `git remote add origin URL && ${pushArgv(branch, version).join(' ')}`
  return `released: ${version}${why}, not pushed: there is no remote named origin\n  next: ${push}`
}
