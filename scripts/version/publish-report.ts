import { pushArgv } from './publish-plan.ts'

export type Published = {
  readonly outcome: 'released' | 'unchanged'
  readonly version: string
  /** The part that was raised, and the number of commits; null where an earlier call made the commit. */
  readonly bump: string | null
  readonly commits: number | null
  readonly pushed: boolean
}

/** Says what was published; without a remote, how to push it. */
export function renderPublished({ outcome, version, bump, commits, pushed }: Published, branch: string): string {
  if (outcome === 'unchanged') return `unchanged: HEAD is ${version}, and there is nothing to release since`
  const why = bump === null ? '' : ` (${bump}: ${commits} ${commits === 1 ? 'commit' : 'commits'})`
  if (pushed) return `released: ${version}${why}, pushed to origin`
  const push = `git remote add origin URL && ${pushArgv(branch, version).join(' ')}`
  return `released: ${version}${why}, not pushed: there is no remote named origin\n  next: ${push}`
}
