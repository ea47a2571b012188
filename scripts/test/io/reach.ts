import { globSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { digest } from '../../cli/digest.ts'
import { tryExec } from '../../cli/io/exec.ts'
import { isAtHome } from '../../cli/io/places.ts'
import { toolkitImageName } from '../../docker/io/toolkit-container.ts'
import type { BuildInput } from '../../image/build.ts'
import { isUsual } from '../../image/builds.ts'
import { type Evidence, type Inputs, isEvidence, type LeftOut } from '../../image/evidence.ts'
import { listLedger, readOrWarn } from '../../state/io/ledger.ts'
import { pathIn } from '../../version/io/git.ts'
import { findLeftOut } from '../reach.ts'

/** Reads what the tests of images depend on: the application's files, and all that they run with, other images among it. */
export async function readInputs([app, ...others]: readonly [BuildInput, ...BuildInput[]]): Promise<Inputs> {
  const { settings, revision, lock } = app
  const tree = revision.dirtyTree ?? revision.commit
  const treeOf = async (folder: string) =>
    (await tryExec(['git', 'rev-parse', '--verify', '--quiet', pathIn(tree, folder)], { quiet: true })).stdout.trim()
  const toolkit = isAtHome() ? await treeOf('scripts') : await toolkitImageName()
  const beside = []
  // A build of the application by the Compose file may take more than the files of APP_DIR.
  for (const { context, file, target, args, takes } of isUsual(app, settings.APP_DIR) ? others : [app, ...others])
    beside.push([await treeOf(context), await treeOf(file), target, args, takes])
  const rig = digest([lock, toolkit, settings.APP_DIR, ...beside])
  return { files: await treeOf(settings.APP_DIR), rig }
}

/**
 * The files of integration tests that a change cannot reach, in comparison with the last image that passed all of them;
 * none where there is no such image.
 */
export async function findUnreached(
  folder: string,
  project: string,
  { files, rig }: Inputs,
): Promise<readonly LeftOut[]> {
  const passed = listLedger(project, 'evidence').flatMap(
    (name) => readOrWarn(isEvidence, project, 'evidence', name) ?? [],
  )
  const last = passed
    .filter(({ inputs, leftOut }) => inputs?.rig === rig && leftOut === undefined)
    .reduce<Evidence | undefined>((one, other) => (one && one.testedAt > other.testedAt ? one : other), undefined)
  if (last?.inputs === undefined) return []
  const compared = await tryExec(['git', 'diff-tree', '-r', '-z', '--name-only', last.inputs.files, files], {
    quiet: true,
  })
  // git has forgotten the files of a checkout that no commit holds.
  if (compared.exitCode !== 0) return []
  const tests = globSync(`${folder}/tests/**/*.it.test.ts`).sort()
  const read = tests.map((path) => ({ path: relative(folder, path), text: readFileSync(path, 'utf8') }))
  return findLeftOut(read, compared.stdout.split('\0').filter(Boolean))
}
