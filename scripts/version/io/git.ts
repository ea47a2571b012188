import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { Failure } from '../../cli/failure.ts'
import { variable } from '../../cli/io/environment.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { isAtHome, ofToolkit, TOOLKIT_FOLDER } from '../../cli/io/places.ts'
import type { Revision } from '../version.ts'

/** Runs git, and gives what it prints. Throws a Failure where it fails. */
export const git = async (...args: string[]): Promise<string> =>
  (await exec(['git', ...args], { quiet: true })).stdout.trim()

/**
 * Reads what git knows of `ref`, or of the files in this checkout as they are. Throws a Failure where `ref` names no
 * commit.
 */
export async function readRevision(ref: string | undefined): Promise<Revision> {
  const checkout = ref === undefined ? await readCheckout() : undefined
  const wanted = ref ?? checkout?.commit ?? 'HEAD'
  const { commit, committedAt } = await findCommit(ref, wanted)
  const described = await tryExec(['git', 'describe', '--tags', '--long', '--match', 'v[0-9]*', commit], {
    quiet: true,
  })
  if (described.exitCode !== 0 || !/-0-g[0-9a-f]+$/.test(described.stdout.trim()))
    await requireHistory('versions come from the tags below a commit')
  const [, tag, distance] = /^(v.+)-(\d+)-g[0-9a-f]+$/.exec(described.stdout.trim()) ?? []
  return {
    commit,
    committedAt,
    tag,
    distance: Number(distance ?? (await git('rev-list', '--count', commit))),
    dirtyTree: checkout?.tree,
  }
}

// One process where rev-parse and show would be two: each start of git takes 7 ms.
async function findCommit(
  ref: string | undefined,
  wanted: string,
): Promise<{ readonly commit: string; readonly committedAt: number }> {
  const { stdout, exitCode } = await tryExec(['git', 'cat-file', '--batch'], {
    quiet: true,
    input: `${wanted}^{commit}\n`,
  })
  if (exitCode !== 0)
    throw new Failure('this folder is not a git checkout, and versions come from git', {
      next: 'git init && git add -A && git commit -m "First commit"',
    })
  const [, commit, time] = /^([0-9a-f]{40,64}) commit \d+\n(?:.+\n)*?committer .* (\d+) [+-]\d+\n/.exec(stdout) ?? []
  // A second line would be a second question.
  if (commit && time && !wanted.includes('\n')) return { commit, committedAt: Number(time) }
  const next =
    ref === undefined ? 'git add -A && git commit -m "First commit"' : 'git log --oneline   (then: make build REF=…)'
  throw new Failure(`REF=${JSON.stringify(wanted)} names no commit here`, { next })
}

/** What a caller that runs several targets has read once for all of them, as `commit` or `commit tree`. */
export const fixRevision = ({ commit, dirtyTree }: Revision): { readonly DARTAGNAN_REVISION: string } => ({
  DARTAGNAN_REVISION: [commit, dirtyTree].filter(Boolean).join(' '),
})

// The commit that is checked out, and the tree of the files as they are where it differs.
async function readCheckout(): Promise<{ readonly commit: string | undefined; readonly tree: string | undefined }> {
  const script = ['sh', ofToolkit('scripts/setup/revision.sh')] as const
  const said = variable('DARTAGNAN_REVISION') || (await exec(script, { quiet: true })).stdout.trim()
  const [, commit, tree] = /^([0-9a-f]{40,64})(?: ([0-9a-f]{40,64}))?$/.exec(said) ?? []
  return { commit, tree }
}

// In a shallow history the nearest tag may be missing: all versions except those of tagged commits would be wrong.
async function requireHistory(because: string): Promise<void> {
  if ((await git('rev-parse', '--is-shallow-repository')) !== 'true') return
  throw new Failure(`this checkout is a shallow clone, and ${because}`, {
    next: 'git fetch --unshallow --tags   (a CI server: let it clone the whole history, docs/guides/ci.md)',
  })
}

/** A file or folder of this project in a commit or tree, as git names it; the repository may begin above the project. */
export const pathIn = (tree: string, path: string): string => `${tree}:./${path === '.' ? '' : path}`

/**
 * Reads which commit of a revision's history was the last to change files of these paths, and when; the revision's own commit where
 * files of them differ from it.
 */
export async function readLastChange(
  { commit, committedAt, dirtyTree }: Revision,
  paths: readonly string[],
): Promise<Pick<Revision, 'commit' | 'committedAt'>> {
  const literal = ['git', '--literal-pathspecs'] as const
  const differ = ['diff', '--quiet', commit, dirtyTree ?? commit, '--', ...paths]
  if ((await tryExec([...literal, ...differ], { quiet: true })).exitCode !== 0) return { commit, committedAt }
  await requireHistory('the image of a service is named after the last commit that changed its files')
  const said = await git('--literal-pathspecs', 'log', '-1', '--format=%H %ct', commit, '--', ...paths)
  const [last = '', time] = said.split(' ')
  return last ? { commit: last, committedAt: Number(time) } : { commit, committedAt }
}

/** Gives the id of the folder `directory` of a commit or tree. Throws a Failure where there is no such folder. */
export async function findTree(tree: string, directory: string): Promise<string> {
  const input = `${pathIn(tree, directory)}\n`
  const { stdout } = await tryExec(['git', 'cat-file', '--batch-check'], { quiet: true, input })
  const [, id] = /^([0-9a-f]{40,64}) tree \d+\n$/.exec(stdout) ?? []
  if (id) return id
  throw new Failure(`${JSON.stringify(directory)} is not a folder of ${tree.slice(0, 12)}`, {
    next: 'add it to git, or correct APP_DIR, or build.context in the Compose file',
  })
}

/** Names the content of files and folders of a commit or tree, also of those that it lacks. */
export async function nameFiles(tree: string, paths: readonly string[]): Promise<string> {
  const input = paths.map((path) => `${pathIn(tree, path)}\n`).join('')
  const { stdout } = await tryExec(['git', 'cat-file', '--batch-check'], { quiet: true, input })
  return stdout.replaceAll(/^.* missing$/gm, 'missing')
}

/** Reads a text file of a commit or tree, also by a link to it; undefined where it has none of that name. */
export async function readText(tree: string, path: string): Promise<string | undefined> {
  const input = `${pathIn(tree, path)}\n`
  const { stdout } = await tryExec(['git', 'cat-file', '--batch', '--follow-symlinks'], { quiet: true, input })
  return /^[0-9a-f]{40,64} blob \d+\n([\s\S]*)\n$/.exec(stdout)?.[1]
}

/** Writes the files of a tree to the new folder `folder`: with the same modes and times in every clone. */
export async function writeFiles(id: string, epoch: number, folder: string): Promise<void> {
  const top = await git('rev-parse', '--show-toplevel')
  const archive = `${folder}.tar`
  const options = ['--format=tar', `--mtime=@${epoch}`, '--output', archive] as const
  // What the toolkit keeps in a project is no part of the project's image.
  await exec(['git', 'archive', ...options, id, '.', `:(exclude)${TOOLKIT_FOLDER}`, ':(exclude)dartagnan.*'], {
    quiet: true,
    cwd: top,
  })
  mkdirSync(folder)
  const into = ['--file', archive, '--directory', folder] as const
  await exec(['tar', '--extract', '--preserve-permissions', '--no-same-owner', ...into], { quiet: true })
  rmSync(archive)
}

/** Lists the files of this checkout that match, without those that git ignores, and without a project's toolkit. */
export async function listFiles(pattern: RegExp): Promise<string[]> {
  const files = await git('ls-files', '--cached', '--others', '--exclude-standard', '-z')
  const isOwn = (file: string) => isAtHome() || !`${file}/`.startsWith(`${TOOLKIT_FOLDER}/`)
  return [...new Set(files.split('\0'))].filter((file) => pattern.test(file) && isOwn(file) && existsSync(file)).sort()
}

/** Reads the address of origin, without credentials; empty where there is no origin. */
export async function readOriginUrl(): Promise<string> {
  const { stdout } = await tryExec(['git', 'remote', 'get-url', 'origin'], { quiet: true })
  return stdout.trim().replace(/^(\w+:\/\/)[^/@]*@/, '$1')
}

/** How many commits lead from one to another; undefined where this checkout does not know both. */
export async function countCommits(from: string, to: string): Promise<number | undefined> {
  if (from === to) return 0
  const { stdout, exitCode } = await tryExec(['git', 'rev-list', '--count', `${from}..${to}`, '--'], { quiet: true })
  return exitCode === 0 ? Number(stdout) : undefined
}
