import { existsSync } from 'node:fs'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { formatOf } from '../../state/io/ledger.ts'
import { chooseUpgrade, newLines, requireReads } from '../upgrade.ts'

const FOLDER = '.dartagnan'
const git = async (...args: string[]) => (await exec(['git', '-C', FOLDER, ...args], { quiet: true })).stdout.trim()
const show = async (commit: string, file: string) =>
  (await tryExec(['git', '-C', FOLDER, 'show', `${commit}:${file}`], { quiet: true })).stdout

export type Upgraded = {
  readonly outcome: 'upgraded' | 'unchanged'
  readonly from: string
  readonly to: string
  /** What the changelog of one has and the other's has not. */
  readonly changes: string
}

/**
 * Moves the submodule with the toolkit to a version, and stages that. The host has fetched them: git's keys and helpers are there. Throws a Failure where the version does not exist, or
 * cannot read the project's ledger.
 */
export async function upgradeToolkit(project: string, wanted: string | undefined): Promise<Upgraded> {
  if (!existsSync(`${FOLDER}/.git`))
    throw new Failure(`${FOLDER} is no git submodule: a package of npm has brought the toolkit`, {
      next: 'make uninstall WRITE=1, then: npx dartagnan@VERSION   (dartagnan.env and the Compose file are proposed again)',
    })
  if (await git('status', '--porcelain'))
    throw new Failure(`files of ${FOLDER} were changed`, {
      next: `git -C ${FOLDER} status   (commit or undo that first)`,
    })
  const tags = (await git('tag', '--list', 'v*')).split('\n')
  const chosen = chooseUpgrade(tags, wanted) ?? 'origin/HEAD'
  const [before, after] = [await git('rev-parse', 'HEAD'), await git('rev-parse', `${chosen}^{commit}`)]
  const [from, to] = [await nameOf(before), await nameOf(after)]
  if (before === after) return { outcome: 'unchanged', from, to, changes: '' }
  requireReads(await show(after, 'package.json'), to, project, formatOf(project))
  const [old, now] = [await show(before, 'CHANGELOG.md'), await show(after, 'CHANGELOG.md')]
  await git('checkout', '--quiet', '--detach', after)
  await exec(['git', 'add', '--', FOLDER], { quiet: true })
  const isBack =
    (await tryExec(['git', '-C', FOLDER, 'merge-base', '--is-ancestor', after, before], { quiet: true })).exitCode === 0
  return { outcome: 'upgraded', from, to, changes: isBack ? newLines(now, old) : newLines(old, now) }
}

const nameOf = (commit: string) => git('describe', '--tags', '--always', '--match', 'v*', commit)
