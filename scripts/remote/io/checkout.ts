import { createReadStream, existsSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { exec } from '../../cli/io/exec.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import type { Config } from '../../config/io/read.ts'
import { unescapeDollars } from '../../docker/compose-model.ts'
import { OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { HELPER_LIMITS } from '../../docker/limits.ts'
import { LOCK_FILE } from '../../image/io/images.ts'
import { resolveCompose } from '../../release/io/render.ts'
import { listFiles } from '../../version/io/git.ts'
import { askRemote } from './client.ts'

/** The volume of the other engine that holds the checkout's files for a run on that engine. */
export const checkoutVolume = (project: string): string => `dartagnan_checkout.${project}`

/**
 * Sends the checkout's files, and the secrets that a run needs, into a volume of the other engine. Gives the volume's own folder on
 * that host: a run mounts the volume at that path, so the engine finds what the Compose file names by a relative path.
 */
export async function sendCheckout(config: Config, image: string): Promise<string> {
  const volume = checkoutVolume(config.PROJECT)
  const labels = [`${OWNER}=checkout`, `${PROJECT_LABEL}=${config.PROJECT}`].flatMap((label) => ['--label', label])
  await askRemote(config, ['volume', 'create', ...labels, volume])
  const folder = await askRemote(config, ['volume', 'inspect', '--format', '{{.Mountpoint}}', volume])
  using scratch = openScratch('checkout')
  const [list, archive] = [join(scratch.path, 'list'), join(scratch.path, 'checkout.tar')]
  const secrets = await secretsOf(config)
  // The folders of the secrets keep their modes: who can read such a folder can read a secret.
  const files = [...(await listFiles(/^(?!\.github\/|docs\/)/)), LOCK_FILE, ...secrets.map(dirname), ...secrets]
  writeFileSync(list, [...new Set(files)].join('\0'))
  const from = ['--null', '--verbatim-files-from', '--files-from', list]
  await exec(['tar', '--create', '--no-recursion', '--file', archive, ...from], { quiet: true })
  const run = ['run', '--rm', '--interactive', '--network', 'none', '--user', '0:0', '--volume', `${volume}:/checkout`]
  const tar = ['tar', '--extract', '--no-same-owner', '--same-permissions', '--file', '-', '--directory', '/checkout']
  await askRemote(config, [...run, ...HELPER_LIMITS, image, ...tar], () => Promise.resolve(createReadStream(archive)))
  return folder
}

// Neither the signing key nor the registry's login is among them: only this host uses those.
async function secretsOf(config: Config): Promise<string[]> {
  const { BACKUP_PASSWORD_FILE, BACKUP_CREDENTIALS_FILE, BACKUP_KNOWN_HOSTS_FILE } = config
  const { secrets = {} } = await resolveCompose(config, 'none')
  const { TLS_CERT_FILE, TLS_KEY_FILE, ACME_CA_FILE, ACME_DNS_FILE } = config
  const files = [
    ...[BACKUP_PASSWORD_FILE, BACKUP_CREDENTIALS_FILE, BACKUP_KNOWN_HOSTS_FILE],
    ...[TLS_CERT_FILE, TLS_KEY_FILE, ACME_CA_FILE, ACME_DNS_FILE],
  ]
  const named = Object.values(secrets).flatMap((secret) => (secret?.file ? unescapeDollars(secret.file) : []))
  const inside = [...files, ...named].map((path) => (isAbsolute(path) ? relative(process.cwd(), path) : path))
  return inside.filter((path) => path !== '' && !path.startsWith('..') && existsSync(path))
}
