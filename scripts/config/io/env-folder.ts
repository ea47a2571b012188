import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { tryExec } from '../../cli/io/exec.ts'

/** Throws a Failure where a folder has the name of the file .env: it names the commands that give the folder another one. */
export async function refuseEnvFolder(root = '.'): Promise<void> {
  if (!statSync(join(root, '.env'), { throwIfNoEntry: false })?.isDirectory()) return
  const git = async (...args: string[]) => await tryExec(['git', '-C', root, ...args], { quiet: true })
  const name = ['env', 'env-files', 'env-folder'].find((one) => !existsSync(join(root, one))) ?? 'NAME'
  const isKept = (await git('ls-files', '.env')).stdout !== ''
  // What git ignores by the old name it must ignore by the new one.
  const isIgnored = (await git('check-ignore', '--quiet', '--no-index', '.env')).exitCode === 0
  const move = `${isKept ? 'git ' : ''}mv .env ${name}${isIgnored ? ` && printf '\\n%s\\n' /${name}/ >> .gitignore` : ''}`
  const found = (await git('grep', '--line-number', '-I', '-E', '(^|[^[:alnum:]_])\\.env/')).stdout
  const places = found.split('\n').flatMap((line) => /^(.+?:\d+):/.exec(line)?.[1] ?? [])
  const more = places.length > 10 ? ' and more (git grep -n "\\.env/")' : ''
  const edit = places.length > 0 ? `, then write ${name}/ for .env/ in ${places.slice(0, 10).join(', ')}${more}` : ''
  throw new Failure('.env is a folder, and settings go into a file of that name in the top folder of the repository', {
    next: `${move}${edit}, and run the command again`,
  })
}
