import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Argv } from '../../cli/argv.ts'
import { Failure } from '../../cli/failure.ts'
import { type ExecOptions, type Executed, execAgain } from '../../cli/io/exec.ts'
import { readSecret } from '../../cli/io/secret-file.ts'
import { parseJson } from '../../cli/parse.ts'
import type { Settings } from '../../config/settings.ts'
import { adviceOf, isTransient } from '../errors.ts'
import { registryOf } from '../name.ts'

/** The settings that say where the images are, and who may use the registry. */
export type RegistrySettings = Pick<
  Settings,
  'IMAGE_REPOSITORY' | 'REGISTRY_USER' | 'REGISTRY_PASSWORD_FILE' | 'REGISTRY_CA_FILE'
>

// The files that `docker login` and `docker context` wrote on the host; compose/toolkit.yaml mounts them here.
const LOGINS = '/etc/docker-logins.json'
const CONTEXTS = '/etc/docker-contexts'

const LOGGED_IN = v.looseObject({ auths: v.optional(v.looseObject({})) })

let folder: string | undefined
/** Gives a configuration of the Docker client for this process alone, with the caller's own logins and contexts. */
export function clientFolder(): { DOCKER_CONFIG: string } {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'client-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    const known = existsSync(LOGINS) ? readFileSync(LOGINS, 'utf8') : ''
    const { auths = {} } = parseJson(LOGGED_IN, known || '{}', { what: '~/.docker/config.json', next: 'docker login' })
    writeFileSync(join(made, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
    if (existsSync(CONTEXTS) && statSync(CONTEXTS).isDirectory()) symlinkSync(CONTEXTS, join(made, 'contexts'))
    folder = made
  }
  return { DOCKER_CONFIG: folder }
}

let password: string | undefined
/** The password of REGISTRY_USER. Standard input gives it once, so it is kept. Throws a Failure where no file is named. */
export function readPassword({ REGISTRY_USER, REGISTRY_PASSWORD_FILE }: RegistrySettings): string {
  if (REGISTRY_PASSWORD_FILE === '')
    throw new Failure(`REGISTRY_USER=${JSON.stringify(REGISTRY_USER)} needs REGISTRY_PASSWORD_FILE`, {
      next: 'set it to a file with the password (chmod 600), or to - for standard input',
    })
  password ??= readSecret('REGISTRY_PASSWORD_FILE', REGISTRY_PASSWORD_FILE)
  return password
}

let loggedIn = false
/**
 * As clientFolder, and logs in as REGISTRY_USER. The password is never an argument; the login ends with this process.
 */
export async function logIn(config: RegistrySettings): Promise<{ DOCKER_CONFIG: string }> {
  const { IMAGE_REPOSITORY, REGISTRY_USER } = config
  const env = clientFolder()
  if (REGISTRY_USER === '' || loggedIn) return env
  const registry = registryOf(IMAGE_REPOSITORY) ?? ''
  const argv = ['docker', 'login', '--username', REGISTRY_USER, '--password-stdin', registry] as const
  await askRegistry(registry, argv, { input: readPassword(config), secret: true, env })
  loggedIn = true
  return env
}

/**
 * Runs a command against the registry, and repeats it where the network fails. Throws a Failure that says what to do.
 */
export async function askRegistry(registry: string, argv: Argv, options: ExecOptions = {}): Promise<Executed> {
  const result = await execAgain(argv, options, isTransient)
  if (result.exitCode === 0) return result
  throw registryFailure(registry, result)
}

/** The Failure for a command that a registry refused: the line that says why, and what to do about it. */
export function registryFailure(registry: string, { stderr, stdout }: Executed): Failure {
  const said = (stderr || stdout).trim()
  const line =
    said.split('\n').findLast((one) => /error|denied|unauthorized|refused|fail/i.test(one)) ?? said.split('\n').at(-1)
  return new Failure(`the registry ${registry}: ${line?.replace(/^Error( response from daemon)?:? */i, '')}`, {
    next: adviceOf(said, registry),
  })
}
