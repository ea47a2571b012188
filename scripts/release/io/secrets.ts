import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, relative } from 'node:path'
import { digest } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { exec } from '../../cli/io/exec.ts'
import { requirePrivate, requireSecretFile } from '../../cli/io/secret-file.ts'
import type { Settings } from '../../config/settings.ts'

import { type ComposeModel, unescapeDollars } from '../../docker/compose-model.ts'
import { toolkitImageId } from '../../docker/io/toolkit-container.ts'
import { SECRETS_LABEL } from '../../docker/labels.ts'
import { HELPER_LIMITS } from '../../docker/limits.ts'
import { readOrWarn, writeLedger } from '../../state/io/ledger.ts'
import { isText } from '../../state/records.ts'

/**
 * The Compose file with a label on each service that says which secrets it has, as a digest that only this engine can make: another
 * secret is another release. Throws a Failure where one is missing, or others can read it.
 */
export async function withSecrets(
  { PROJECT }: Pick<Settings, 'PROJECT'>,
  compose: ComposeModel,
): Promise<ComposeModel> {
  const secrets = await readSecrets({ PROJECT }, compose)
  if (Object.keys(secrets).length === 0) return compose
  const services = Object.entries(compose.services).map(([name, service]) => {
    const used = (service.secrets ?? []).map(({ source }) => [source, secrets[source]?.digest])
    const label = { [SECRETS_LABEL]: digest(used) }
    return [name, used.length === 0 ? service : { ...service, labels: { ...service.labels, ...label } }] as const
  })
  return { ...compose, services: Object.fromEntries(services) }
}

/** The secrets of a Compose file by their names, each with a digest that only this engine can make. Throws a Failure as withSecrets does. */
export async function readSecrets(
  { PROJECT }: Pick<Settings, 'PROJECT'>,
  { secrets = {} }: ComposeModel,
): Promise<Record<string, { text: string; digest: string }>> {
  const read: Record<string, { text: string; digest: string }> = {}
  for (const [name, spec] of Object.entries(secrets)) {
    if (!spec?.file) continue
    const text = await readSecretOf(name, unescapeDollars(spec.file))
    read[name] = { text, digest: keyedDigest(PROJECT, text) }
  }
  return read
}

// What is outside the checkout the toolkit does not see: a container that has its folder tells mode and content.
async function readSecretOf(name: string, file: string): Promise<string> {
  const said = `the secret ${name}`
  if (!relative(process.cwd(), file).startsWith('..')) return readFileSync(requireSecretFile(said, file), 'utf8')
  const mount = `type=bind,source=${dirname(file)},target=/secret,readonly`
  const run = ['docker', 'run', '--rm', '--network', 'none', '--user', '0:0', '--mount', mount] as const
  const script = 'cd /secret && stat -c %a . "$0" && cat "$0"'
  const { stdout } = await exec(
    [...run, ...HELPER_LIMITS, await toolkitImageId(), 'sh', '-c', script, basename(file)],
    {
      quiet: true,
    },
  ).catch((cause) => {
    throw new Failure(`${said} (${file}) cannot be read on the engine's host`, { next: `put it there: ${file}`, cause })
  })
  const [folder = '', own = '', ...rest] = stdout.split('\n')
  requirePrivate(
    said,
    file,
    [own, folder].map((mode) => Number.parseInt(mode, 8)),
  )
  return rest.join('\n')
}

const KEY = 'secret-key.json'
/** Makes the key of these digests where the project has none yet: a deploy does that, and a plan writes nothing. */
export function makeSecretKey(project: string): void {
  if (readKey(project) === undefined) writeLedger(project, [KEY], randomBytes(32).toString('hex'))
}
/** Whether the digests of a project's secrets, where it has any, will be the same again. */
export const isKeyed = (project: string, { secrets = {} }: ComposeModel): boolean =>
  readKey(project) !== undefined || !Object.values(secrets).some((spec) => spec?.file)

// Another key only makes each secret look changed once.
const readKey = (project: string) => readOrWarn(isText, project, KEY)
/** A digest that only this project can make. A plain one of a short secret could be guessed from the labels of a container. */
export const keyedDigest = (project: string, secret: string): string =>
  createHmac('sha256', readKey(project) ?? 'none yet')
    .update(secret)
    .digest('hex')
