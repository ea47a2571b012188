import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { cosign, isSigned } from '../../registry/io/cosign.ts'
import { ask, askOras, findRemote, logIn } from '../../registry/io/registry.ts'
import { type Push, registryOf, requireSame } from '../../registry/registry.ts'
import type { Observed } from './observe-push.ts'
import { originOf } from './origin.ts'

/** Sends the image where the registry lacks it, moves the tags, and gives the digest that the registry has it under. */
export async function upload(
  config: Config,
  { repository, version, image }: Observed,
  plan: Push,
): Promise<{ digest: string; moved: string[] }> {
  if (plan.upload) {
    log.step(`push ${repository}:${version}`, 'the registry does not have it')
    const env = await logIn(config)
    await ask(registryOf(repository) ?? '', ['docker', 'push', `${repository}:${version}`], { env, follow: true })
  }
  const held = await findRemote(config, version)
  if (!held)
    throw new Failure(`the registry does not have ${repository}:${version} after it was pushed`, { next: 'make push' })
  // What was tested is what is there: its manifest names the image by the digest that is its id.
  requireSame(repository, version, image, held)
  const moved: string[] = []
  for (const alias of plan.aliases) {
    const before = await findRemote(config, alias)
    if (before?.digest === held.digest) continue
    log.step(`tag ${repository}:${alias} in the registry`, before ? `moves from ${shortId(before.image)}` : 'new')
    await askOras(config, ['tag'], [`${repository}@${held.digest}`, alias], { quiet: false })
    moved.push(alias)
  }
  return { digest: held.digest, moved }
}

/** Attaches to the image, where they are not yet, what it consists of (SBOM) and where it comes from (provenance). */
export async function attachOrigin(
  config: Config,
  { repository, version, image, evidence }: Observed,
  digest: string,
): Promise<{ digests: string[]; added: boolean }> {
  const before = await listAttached(config, digest)
  const wanted = originOf(config, { version, image, digest, evidence })
  const missing = wanted.filter(({ type }) => !before.some(({ artifactType }) => artifactType === type))
  const scratch = mkdtempSync(join(tmpdir(), 'origin-'))
  try {
    for (const { type, file, make } of missing) {
      log.step(`attach ${file} to ${repository}:${version}`, 'it travels with the image')
      writeFileSync(join(scratch, file), JSON.stringify(await make()))
      const args = ['--artifact-type', type, `${repository}@${digest}`, `${file}:${type}`]
      await askOras(config, ['attach'], args, { cwd: scratch })
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
  const after = missing.length > 0 ? await listAttached(config, digest) : before
  const ours = after.filter(({ artifactType }) => wanted.some(({ type }) => type === artifactType))
  return { digests: ours.map((one) => one.digest), added: missing.length > 0 }
}

type Attached = { readonly digest: string; readonly artifactType: string }
async function listAttached(config: Config, digest: string): Promise<Attached[]> {
  const { IMAGE_REPOSITORY } = config
  const said = await askOras(config, ['discover'], ['--format', 'json', `${IMAGE_REPOSITORY}@${digest}`])
  const { manifests, referrers } = JSON.parse(said ?? '{}') as { manifests?: Attached[]; referrers?: Attached[] }
  return manifests ?? referrers ?? []
}

/** Signs those digests with SIGNING_KEY_FILE, where they are not signed by it yet. */
export async function sign(config: Config, digests: readonly string[]): Promise<{ done: boolean; added: boolean }> {
  const { SIGNING_KEY_FILE, IMAGE_REPOSITORY } = config
  if (SIGNING_KEY_FILE === '') return { done: false, added: false }
  const scratch = mkdtempSync(join(tmpdir(), 'key-'))
  try {
    const publicKey = join(scratch, 'cosign.pub')
    writeFileSync(publicKey, (await cosign(config, ['public-key'])).stdout)
    let added = false
    for (const digest of digests) {
      if (await isSigned(config, digest, publicKey)) continue
      log.step(`sign ${IMAGE_REPOSITORY}@${shortId(digest)}`, 'SIGNING_KEY_FILE is set')
      await cosign(config, ['sign', '--yes', '--tlog-upload=false'], `${IMAGE_REPOSITORY}@${digest}`)
      added = true
    }
    return { done: true, added }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}
