import { existsSync } from 'node:fs'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { TOOLKIT_FOLDER } from '../../cli/io/places.ts'
import { readFormat } from '../../state/io/format.ts'
import { git as gitOf } from '../../version/io/git.ts'
import { chooseUpgrade, newLines, requireReads } from '../upgrade.ts'

const git = (...args: string[]) => gitOf('-C', TOOLKIT_FOLDER, ...args)
const show = async (commit: string, file: string) =>
  (await tryExec(['git', '-C', TOOLKIT_FOLDER, 'show', `${commit}:${file}`], { quiet: true })).stdout

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
  if (!existsSync(`${TOOLKIT_FOLDER}/.git`))
    throw new Failure(`${TOOLKIT_FOLDER} is no git submodule: a package of npm has brought the toolkit`, {
      next: 'make uninstall WRITE=1, then: npx dartagnan@VERSION   (dartagnan.env and the Compose file are proposed again)',
    })
  if (await git('status', '--porcelain'))
    throw new Failure(`files of ${TOOLKIT_FOLDER} were changed`, {
      next: `git -C ${TOOLKIT_FOLDER} status   (commit or undo that first)`,
    })
  const tags = (await git('tag', '--list', 'v*')).split('\n')
  const chosen = chooseUpgrade(tags, wanted) ?? 'origin/HEAD'
  const [before, after] = [await git('rev-parse', 'HEAD'), await git('rev-parse', `${chosen}^{commit}`)]
  const [from, to] = [await nameOf(before), await nameOf(after)]
  if (before === after) return { outcome: 'unchanged', from, to, changes: '' }
  requireReads(await show(after, 'package.json'), to, project, readFormat(project)?.format ?? 0)
  const [old, now] = [await show(before, 'CHANGELOG.md'), await show(after, 'CHANGELOG.md')]
  await git('checkout', '--quiet', '--detach', after)
  await gitOf('add', '--', TOOLKIT_FOLDER)
  const isBack =
    (await tryExec(['git', '-C', TOOLKIT_FOLDER, 'merge-base', '--is-ancestor', after, before], { quiet: true }))
      .exitCode === 0
  return { outcome: 'upgraded', from, to, changes: isBack ? newLines(now, old) : newLines(old, now) }
}

const nameOf = (commit: string) => git('describe', '--tags', '--always', '--match', 'v*', commit)
