import { existsSync, readFileSync } from 'node:fs'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import type { Observed, Origin } from '../publish-plan.ts'
import { isVersion, sortVersions } from '../version.ts'
import { readRevision } from './git.ts'

export const CHANGELOG = 'CHANGELOG.md'
const git = async (...args: string[]) => (await exec(['git', ...args], { quiet: true })).stdout.trim()
const ask = (...args: string[]) => tryExec(['git', ...args], { quiet: true, env: { GIT_TERMINAL_PROMPT: '0' } })

/** Observes HEAD, its versions, and the remote `origin`. Throws a Failure outside a checkout. */
export async function observe(): Promise<Observed> {
  const { commit } = await readRevision(undefined)
  const branch = (await ask('symbolic-ref', '--quiet', '--short', 'HEAD')).stdout.trim() || undefined
  const tags = async (...of: string[]) => versionsOf((await git('tag', '--list', ...of)).split('\n'))
  const base = sortVersions(await tags('--merged', 'HEAD'))[0]
  const range = base === undefined ? 'HEAD' : `refs/tags/v${base}..HEAD`
  return {
    branch,
    shallow: (await git('rev-parse', '--is-shallow-repository')) === 'true',
    commit,
    subject: await git('log', '--max-count=1', '--format=%s', 'HEAD'),
    changed: await readChanged(),
    versions: await tags(),
    atHead: await tags('--points-at', 'HEAD'),
    base,
    messages: (await git('log', '--no-merges', '-z', '--format=%B', range)).split('\0').filter((text) => text !== ''),
    changelog: existsSync(CHANGELOG) ? readFileSync(CHANGELOG, 'utf8') : undefined,
    origin: await readOrigin(branch ?? 'HEAD'),
  }
}

/** Lists the files that differ from HEAD, with the untracked ones. */
export const readChanged = async (): Promise<string[]> =>
  (await exec(['git', 'status', '--porcelain', '--untracked-files=normal'], { quiet: true })).stdout
    .split('\n')
    .filter(Boolean)

async function readOrigin(branch: string): Promise<Origin> {
  const url = await ask('remote', 'get-url', 'origin')
  if (url.exitCode !== 0) return 'none'
  const { stdout, stderr, exitCode } = await ask('ls-remote', 'origin', 'refs/tags/v*', `refs/heads/${branch}`)
  if (exitCode !== 0) {
    // Of this host's folders, the toolkit sees the checkout alone.
    const isPath = /^(?:\.{0,2}\/|file:)/.test(url.stdout.trim())
    const why = isPath
      ? "it is a folder outside of this checkout: push with this host's own git"
      : stderr.trim().split('\n')[0]
    log.warn(`the remote origin does not answer: ${why}`)
    return 'silent'
  }
  const refs = stdout.split('\n').map((line) => line.split('\t'))
  const tip = refs.find(([, ref]) => ref === `refs/heads/${branch}`)?.[0]
  const ahead = tip !== undefined && (await ask('merge-base', '--is-ancestor', tip, 'HEAD')).exitCode !== 0
  return { versions: versionsOf(refs.map(([, ref = '']) => ref.replace('refs/tags/', ''))), ahead }
}

const versionsOf = (tags: readonly string[]): string[] =>
  tags.filter((tag) => tag.startsWith('v') && isVersion(tag.slice(1))).map((tag) => tag.slice(1))
