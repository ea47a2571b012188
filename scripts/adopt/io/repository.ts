import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { ofToolkit } from '../../cli/io/places.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import type { Config } from '../../config/io/read.ts'
import { DEFAULT_PORT, OWN_SETTINGS } from '../../config/settings.ts'
import { targets } from '../../config/targets.ts'
import { isFree } from '../../docker/io/free-port.ts'
import { readOriginUrl } from '../../version/io/git.ts'
import { type Repository, theirNames } from '../own.ts'
import type { Adoption } from '../plan.ts'
import type { SourceTree } from '../source-tree.ts'

/** The names that GNU make looks for, in its order. */
export const MAKEFILES = ['GNUmakefile', 'makefile', 'Makefile']

/** Reads what `make init` must know of the repository in this folder. */
export async function readRepository(
  config: Config,
  { ports, secretCopies }: Adoption,
  tree: SourceTree,
): Promise<Repository> {
  const makefile = MAKEFILES.find((file) => existsSync(file)) ?? 'Makefile'
  const text = existsSync(makefile) ? readFileSync(makefile, 'utf8') : ''
  const ask = ['sh', ofToolkit('scripts/setup/targets-of.sh'), makefile] as const
  const theirs = text === '' ? [] : (await exec(ask, { quiet: true })).stdout.split(/\s+/)
  // Also where git keeps the file: else each run would add the lines again.
  const isIgnored = async (path: string) =>
    (await tryExec(['git', 'check-ignore', '--quiet', '--no-index', path], { quiet: true })).exitCode === 0
  const isTop = (await exec(['git', 'rev-parse', '--show-prefix'], { quiet: true })).stdout.trim() === ''
  return {
    makefile,
    includesToolkit: /^-?include\s+\S*dartagnan\.mk\s*$/m.test(text),
    collisions: targets.flatMap(([name]) => (theirs.includes(name) ? [name] : [])),
    ignoresEnv: await isIgnored('.env'),
    ignoresCopies: (await Promise.all(secretCopies.map(({ to }) => isIgnored(to)))).every(Boolean),
    ignoresSettings: await isIgnored(OWN_SETTINGS),
    hasWorkflows: isTop && (existsSync('.github') || /github\.com/.test(await readOriginUrl())),
    port: await choosePort(config.BIND, config.PORT, ports),
    // Later, what stands in .env may be meant for the toolkit.
    asked: tree,
    theirs: existsSync(OWN_SETTINGS) ? config.APP_VARIABLES.split(',').filter(Boolean) : theirNames(tree),
  }
}

// The port that the Compose file had, where it may be had and PORT asks for no other; another project may have it, too.
async function choosePort(host: string, asked: number, { own, others }: Adoption['ports']) {
  const [before, here] = [OWN_SETTINGS, '.env'].map((file) => Number(parse(readPlainFile(file) ?? '')['PORT']))
  // Once the repository has a port, what .env says is that of this host.
  const wanted = before && asked === here ? before : asked
  const first = wanted === DEFAULT_PORT && own !== undefined && own >= 1024 ? own : wanted
  // It may be in use by this very project.
  if (existsSync(OWN_SETTINGS) && first === wanted) return wanted === DEFAULT_PORT ? undefined : wanted
  for (let port = first; port < 65_535; port += 1)
    if (!others.includes(port) && (await isFree(host, port))) return port === DEFAULT_PORT ? undefined : port
  return undefined
}
