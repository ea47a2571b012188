import { readFileSync } from 'node:fs'
import { digest, shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { type Executed, execAgain, lastWord } from '../../cli/io/exec.ts'
import { log } from '../../cli/io/log.ts'
import { readSecret, requireSecretFile } from '../../cli/io/secret-file.ts'
import type { Settings } from '../../config/settings.ts'
import { readOrWarn, writeLedger } from '../../state/io/ledger.ts'
import { isTexts } from '../../state/records.ts'
import { isTransient } from '../errors.ts'
import { isPlain } from '../name.ts'
import type { RegistrySettings } from './client.ts'
import { logIn } from './client.ts'

/** The settings for signing and verifying, besides those of the registry. */
export type SigningSettings = RegistrySettings &
  Pick<Settings, 'PROJECT' | 'SIGNING_KEY_FILE' | 'SIGNING_PASSWORD_FILE' | 'VERIFY_KEY_FILE'>

/**
 * Runs cosign with SIGNING_KEY_FILE, on a `reference` of the registry or, without one, on files. Throws a Failure where
 * cosign fails.
 */
export async function cosign(config: SigningSettings, args: readonly string[], reference?: string): Promise<Executed> {
  const key = requireSecretFile('SIGNING_KEY_FILE', config.SIGNING_KEY_FILE)
  const { SIGNING_PASSWORD_FILE } = config
  const password = SIGNING_PASSWORD_FILE ? readSecret('SIGNING_PASSWORD_FILE', SIGNING_PASSWORD_FILE) : ''
  // cosign reads the password from standard input: others can read an environment as long as its process lives.
  const result = await run(config, [...args, '--key', key], reference, password)
  if (result.exitCode === 0) return result
  const why = lastWord(result.stderr).replace(/^error during command execution: /, '')
  throw new Failure(`cosign ${args[0]}: ${why}`, {
    next: /decrypt/.test(why)
      ? 'set SIGNING_PASSWORD_FILE to a file with the password of SIGNING_KEY_FILE'
      : 'make push   (continues from here)',
  })
}

async function run(
  config: SigningSettings,
  args: readonly string[],
  reference?: string,
  password = '',
): Promise<Executed> {
  const { IMAGE_REPOSITORY, REGISTRY_CA_FILE } = config
  const about = [
    ...(REGISTRY_CA_FILE ? ['--registry-cacert', REGISTRY_CA_FILE] : []),
    ...(isPlain(IMAGE_REPOSITORY, REGISTRY_CA_FILE) ? ['--allow-http-registry'] : []),
  ]
  const env = reference === undefined ? {} : await logIn(config)
  const argv = ['cosign', ...args, ...(reference === undefined ? [] : [...about, reference])] as const
  return await execAgain(argv, { quiet: true, env, input: password, secret: true }, isTransient)
}

// No public log records signatures by a user's own key.
const verifying = (command: string, key: string) => [command, '--insecure-ignore-tlog=true', '--key', key]
const verify = (config: SigningSettings, of: string, publicKey: string) =>
  run(config, verifying('verify', publicKey), `${config.IMAGE_REPOSITORY}@${of}`)

/** Whether a digest of IMAGE_REPOSITORY has a signature by that public key. */
export async function isSigned(config: SigningSettings, of: string, publicKey: string): Promise<boolean> {
  return (await verify(config, of, publicKey)).exitCode === 0
}

/** Signs a file with SIGNING_KEY_FILE; the signature is another file. */
export async function signFile(config: SigningSettings, file: string, signature: string): Promise<void> {
  await cosign(config, ['sign-blob', '--yes', '--tlog-upload=false', '--output-signature', signature, file])
}

/** Whether VERIFY_KEY_FILE has signed a file. */
export async function isSignedFile(config: SigningSettings, file: string, signature: string): Promise<boolean> {
  const { VERIFY_KEY_FILE: key } = config
  readKey(key)
  return (await run(config, [...verifying('verify-blob', key), '--signature', signature, file])).exitCode === 0
}

/**
 * With VERIFY_KEY_FILE, throws a Failure unless that key has signed the image: by its digest in the registry, or by
 * what this engine has verified before.
 */
export async function requireSigned(
  config: SigningSettings,
  version: string,
  image: string,
  of: string | undefined,
): Promise<void> {
  const { PROJECT, VERIFY_KEY_FILE, IMAGE_REPOSITORY } = config
  if (VERIFY_KEY_FILE === '') return
  const key = digest(readKey(VERIFY_KEY_FILE))
  if (readOrWarn(isTexts, PROJECT, ...verifiedFile(image))?.['key'] === key) return
  const next = 'make push with SIGNING_KEY_FILE, where the image was tested; or unset VERIFY_KEY_FILE'
  if (of === undefined)
    throw new Failure(`${version} (${shortId(image)}) is not in a registry, so nobody has signed it`, { next })
  const result = await verify(config, of, VERIFY_KEY_FILE)
  if (result.exitCode !== 0) {
    const why = /no signatures found/.test(result.stderr)
      ? 'it has no signature'
      : /no matching signatures|invalid signature/.test(result.stderr)
        ? 'its signature is by another key'
        : lastWord(result.stderr)
    throw new Failure(`${IMAGE_REPOSITORY}:${version} (${of}) is not signed by the key in ${VERIFY_KEY_FILE}: ${why}`, {
      next,
    })
  }
  log.done(`${version} is signed by the key in ${VERIFY_KEY_FILE}`)
}

/** Records that VERIFY_KEY_FILE, where it is set, has signed an image. */
export function rememberSigned(
  { PROJECT, VERIFY_KEY_FILE }: Pick<Settings, 'PROJECT' | 'VERIFY_KEY_FILE'>,
  image: string,
): void {
  if (VERIFY_KEY_FILE === '') return
  const record = { image, key: digest(readKey(VERIFY_KEY_FILE)), at: new Date().toISOString() }
  writeLedger(PROJECT, verifiedFile(image), record)
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Failure(`VERIFY_KEY_FILE=${JSON.stringify(path)} is not a file in the checkout`, {
      next: 'cosign public-key --key …   (writes it; a public key is not secret)',
      cause,
    })
  }
}

// The ledger's file that records which key has signed an image.
const verifiedFile = (image: string) => ['verified', `${image.replace(/^sha256:/, '')}.json`]
