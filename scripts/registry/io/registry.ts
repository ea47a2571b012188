import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Argv } from '../../cli/argv.ts'
import { Failure } from '../../cli/failure.ts'
import { type ExecOptions, type Executed, execAgain } from '../../cli/io/exec.ts'
import { readSecret } from '../../cli/io/secret-file.ts'
import type { Settings } from '../../config/settings.ts'
import { adviceOf, imageOf, isMissing, isPlain, isTransient, type Remote, registryOf } from '../registry.ts'

/** The settings that say where the images are, and who may use the registry. */
export type RegistrySettings = Pick<
  Settings,
  'IMAGE_REPOSITORY' | 'REGISTRY_USER' | 'REGISTRY_PASSWORD_FILE' | 'REGISTRY_CA_FILE'
>

// What `docker login` and `docker context` have written on the host; compose/toolkit.yaml mounts them here.
const LOGINS = '/etc/docker-logins.json'
const CONTEXTS = '/etc/docker-contexts'

let folder: string | undefined
/** A configuration of the Docker client for this process alone: the caller's own logins and contexts. */
export function clientFolder(): { DOCKER_CONFIG: string } {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'client-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    const known = existsSync(LOGINS) ? readFileSync(LOGINS, 'utf8') : ''
    const { auths = {} } = JSON.parse(known || '{}') as { auths?: object }
    writeFileSync(join(made, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
    if (existsSync(CONTEXTS) && statSync(CONTEXTS).isDirectory()) symlinkSync(CONTEXTS, join(made, 'contexts'))
    folder = made
  }
  return { DOCKER_CONFIG: folder }
}

let loggedIn = false
/** As clientFolder, and logged in as REGISTRY_USER. Nothing of it is an argument, or stays behind. */
export async function logIn(config: RegistrySettings): Promise<{ DOCKER_CONFIG: string }> {
  const { IMAGE_REPOSITORY, REGISTRY_USER, REGISTRY_PASSWORD_FILE } = config
  const env = clientFolder()
  if (REGISTRY_USER === '' || loggedIn) return env
  if (REGISTRY_PASSWORD_FILE === '')
    throw new Failure(`REGISTRY_USER=${JSON.stringify(REGISTRY_USER)} needs REGISTRY_PASSWORD_FILE`, {
      next: 'set it to a file with the password (chmod 600), or to - for standard input',
    })
  const password = readSecret('REGISTRY_PASSWORD_FILE', REGISTRY_PASSWORD_FILE)
  const registry = registryOf(IMAGE_REPOSITORY) ?? ''
  const argv = ['docker', 'login', '--username', REGISTRY_USER, '--password-stdin', registry] as const
  await ask(registry, argv, { input: password, secret: true, env })
  loggedIn = true
  return env
}

/** Runs a command against the registry, again where the network fails. Throws a Failure that says what to do. */
export async function ask(registry: string, argv: Argv, options: ExecOptions = {}): Promise<Executed> {
  const result = await execAgain(argv, options, isTransient)
  if (result.exitCode === 0) return result
  throw refusal(registry, result)
}

function refusal(registry: string, { stderr, stdout }: Executed): Failure {
  const said = (stderr || stdout).trim()
  const line =
    said.split('\n').findLast((one) => /error|denied|unauthorized|refused|fail/i.test(one)) ?? said.split('\n').at(-1)
  return new Failure(`the registry ${registry}: ${line?.replace(/^Error( response from daemon)?:? */i, '')}`, {
    next: adviceOf(said, registry),
  })
}

const oras = (
  { IMAGE_REPOSITORY, REGISTRY_CA_FILE }: RegistrySettings,
  command: readonly string[],
  args: readonly string[],
): Argv => [
  'oras',
  ...command,
  ...(REGISTRY_CA_FILE ? ['--ca-file', resolve(REGISTRY_CA_FILE)] : []),
  ...(isPlain(IMAGE_REPOSITORY, REGISTRY_CA_FILE) ? ['--plain-http'] : []),
  ...args,
]

/** Asks the registry of IMAGE_REPOSITORY with oras. Undefined where it has nothing of that name. */
export async function askOras(
  config: RegistrySettings,
  command: readonly string[],
  args: readonly string[],
  options: ExecOptions = {},
): Promise<string | undefined> {
  const env = await logIn(config)
  const result = await execAgain(oras(config, command, args), { quiet: true, ...options, env }, isTransient)
  if (result.exitCode === 0) return result.stdout
  if (isMissing(result.stderr)) return undefined
  throw refusal(registryOf(config.IMAGE_REPOSITORY) ?? '', result)
}

/** What the registry has under a tag; undefined where nothing. */
export async function findRemote(config: RegistrySettings, tag: string): Promise<Remote | undefined> {
  const { IMAGE_REPOSITORY } = config
  const digest = (await askOras(config, ['resolve'], [`${IMAGE_REPOSITORY}:${tag}`]))?.trim()
  if (!digest) return undefined
  const manifest = await askOras(config, ['manifest', 'fetch'], [`${IMAGE_REPOSITORY}@${digest}`])
  return { digest, image: imageOf(manifest ?? '{}', digest) }
}

/** All tags that the registry has for IMAGE_REPOSITORY. */
export async function listRemoteTags(config: RegistrySettings): Promise<string[]> {
  const tags = await askOras(config, ['repo', 'tags'], [config.IMAGE_REPOSITORY])
  return (tags ?? '').split('\n').filter(Boolean)
}
