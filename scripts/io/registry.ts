import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '../core/failure.ts'
import { adviceOf, imageOf, isMissing, isPlain, isTransient, type Remote, registryOf } from '../core/registry.ts'
import type { Config } from './config.ts'
import { type Argv, type ExecOptions, type Executed, execAgain } from './exec.ts'
import { readSecret } from './secret-file.ts'

// What `docker login` has written on the host; compose/toolkit.yaml mounts it here.
const CALLERS_LOGINS = '/etc/docker-logins.json'

let folder: string | undefined
/**
 * A folder with what the registry of IMAGE_REPOSITORY asks for, of this process alone: the caller's own logins, and that of
 * REGISTRY_USER. Tools find it by DOCKER_CONFIG; nothing of it is an argument or stays behind.
 */
export async function logIn(config: Config): Promise<{ DOCKER_CONFIG: string }> {
  const { IMAGE_REPOSITORY, REGISTRY_USER, REGISTRY_PASSWORD_FILE } = config
  if (folder !== undefined) return { DOCKER_CONFIG: folder }
  const made = mkdtempSync(join(tmpdir(), 'registry-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  const known = existsSync(CALLERS_LOGINS) ? readFileSync(CALLERS_LOGINS, 'utf8') : ''
  const { auths = {} } = JSON.parse(known || '{}') as { auths?: object }
  writeFileSync(join(made, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
  folder = made
  const env = { DOCKER_CONFIG: made }
  const registry = registryOf(IMAGE_REPOSITORY) ?? ''
  if (REGISTRY_USER === '') return env
  if (REGISTRY_PASSWORD_FILE === '')
    throw new Failure(`REGISTRY_USER=${JSON.stringify(REGISTRY_USER)} needs REGISTRY_PASSWORD_FILE`, {
      next: 'set it to a file with the password (chmod 600), or to - for standard input',
    })
  const password = readSecret('REGISTRY_PASSWORD_FILE', REGISTRY_PASSWORD_FILE)
  const argv = ['docker', 'login', '--username', REGISTRY_USER, '--password-stdin', registry] as const
  await ask(registry, argv, { input: password, secret: true, env })
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
  { IMAGE_REPOSITORY, REGISTRY_CA_FILE }: Config,
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
  config: Config,
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
export async function findRemote(config: Config, tag: string): Promise<Remote | undefined> {
  const { IMAGE_REPOSITORY } = config
  const digest = (await askOras(config, ['resolve'], [`${IMAGE_REPOSITORY}:${tag}`]))?.trim()
  if (!digest) return undefined
  const manifest = await askOras(config, ['manifest', 'fetch'], [`${IMAGE_REPOSITORY}@${digest}`])
  return { digest, image: imageOf(manifest ?? '{}', digest) }
}

/** All tags that the registry has for IMAGE_REPOSITORY. */
export async function listRemoteTags(config: Config): Promise<string[]> {
  const tags = await askOras(config, ['repo', 'tags'], [config.IMAGE_REPOSITORY])
  return (tags ?? '').split('\n').filter(Boolean)
}
