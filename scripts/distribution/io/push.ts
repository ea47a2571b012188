import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { shortId } from '../../cli/digest.ts'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { openScratch } from '../../cli/io/scratch.ts'
import { parseJson } from '../../cli/parse.ts'
import type { Config } from '../../config/io/read.ts'
import type { Builds } from '../../image/builds.ts'
import { askRegistry, logIn } from '../../registry/io/client.ts'
import { cosign, isSigned } from '../../registry/io/cosign.ts'
import { askOras, findRegistryImage } from '../../registry/io/oras.ts'
import { registryOf } from '../../registry/name.ts'
import { requireSame } from '../../registry/registry-image.ts'
import { appendLedger } from '../../state/io/ledger.ts'
import { type PushPlan, planPush } from '../push-plan.ts'
import { originOf } from './origin.ts'
import { type Observed, observe } from './push-observe.ts'

export type Pushed = {
  readonly outcome: 'pushed' | 'unchanged'
  readonly version: string
  readonly image: string
  readonly digest: string
  /** The tags that moved, besides the version. */
  readonly tags: readonly string[]
  readonly signed: boolean
  /** The digests of the images of services with a build of their own, by the names of the builds. */
  readonly built?: Readonly<Record<string, string>>
}

/**
 * Pushes the images of the version that is asked for to its registry, each with its SBOM, its provenance and their signatures where the
 * registry lacks it, and records the push. The application's goes last: a version that is seen there is complete. The caller holds the
 * lock. Throws a Failure where the version cannot be pushed.
 */
export async function pushVersion(config: Config, builds: Builds): Promise<Pushed> {
  const { PROJECT, options, caller } = config
  const observed = await observe(config, builds)
  // All are planned before any is pushed: one that may not be pushed keeps the others, too.
  const plan = (pushing: Observed) => ({ pushing, plan: planPush(pushing, options.force.has('untested')) })
  const [app, others] = [plan(observed.app), observed.others.map(plan)]
  const built: Record<string, string> = {}
  let changed = false
  for (const one of others) {
    const pushed = await pushImage(config, one)
    built[one.pushing.build.name] = pushed.result.digest
    changed ||= pushed.changed
  }
  const pushed = await pushImage(config, app)
  const { tested } = app.pushing
  if (!tested) log.warn('pushed without evidence, as FORCE=untested asked')
  changed ||= pushed.changed
  const result = { ...pushed.result, ...(others.length > 0 ? { built } : {}) }
  if (changed) appendLedger(PROJECT, 'pushes.jsonl', { ...result, tested, at: new Date().toISOString(), by: caller })
  return { outcome: changed ? 'pushed' : 'unchanged', ...result }
}

async function pushImage(settings: Config, { pushing, plan }: { pushing: Observed; plan: PushPlan }) {
  const { repository, version, image } = pushing
  const config = { ...settings, IMAGE_REPOSITORY: repository }
  const { digest, moved } = await upload(config, pushing, plan)
  const attached = await attachOrigin(config, pushing, digest)
  const signed = await sign(config, [digest, ...attached.digests])
  const changed = plan.upload || moved.length > 0 || attached.added || signed.added
  return { changed, result: { version, image, digest, tags: moved, signed: signed.done } }
}

// Uploads the image where the registry lacks it, moves the tags, and gives the digest of the image in the registry.
async function upload(
  config: Config,
  { repository, version, image }: Observed,
  plan: PushPlan,
): Promise<{ digest: string; moved: string[] }> {
  if (plan.upload) {
    log.step(`push ${repository}:${version}`, 'the registry does not have it')
    const env = await logIn(config)
    const argv = ['docker', 'push', `${repository}:${version}`] as const
    await askRegistry(registryOf(repository) ?? '', argv, { env, follow: true })
  }
  const held = await findRegistryImage(config, version)
  if (!held)
    throw new Failure(`the registry does not have ${repository}:${version} after it was pushed`, { next: 'make push' })
  // The registry must now have the very image that was tested: its manifest names the image by its id.
  requireSame(repository, version, image, held)
  const moved: string[] = []
  for (const alias of plan.aliases) {
    const before = await findRegistryImage(config, alias)
    if (before?.digest === held.digest) continue
    log.step(`tag ${repository}:${alias} in the registry`, before ? `moves from ${shortId(before.image)}` : 'new')
    await askOras(config, ['tag'], [`${repository}@${held.digest}`, alias], { quiet: false })
    moved.push(alias)
  }
  return { digest: held.digest, moved }
}

// Attaches the SBOM and the provenance to the image in the registry, each where it is missing.
async function attachOrigin(
  config: Config,
  { build, repository, version, image, evidence }: Observed,
  digest: string,
): Promise<{ digests: string[]; added: boolean }> {
  const before = await listAttached(config, digest)
  const wanted = originOf(config, { build, version, image, digest, evidence })
  const missing = wanted.filter(({ type }) => !before.some(({ artifactType }) => artifactType === type))
  using scratch = openScratch('origin')
  for (const { type, file, make } of missing) {
    log.step(`attach ${file} to ${repository}:${version}`, 'it travels with the image')
    writeFileSync(join(scratch.path, file), JSON.stringify(await make()))
    const args = ['--artifact-type', type, `${repository}@${digest}`, `${file}:${type}`]
    await askOras(config, ['attach'], args, { cwd: scratch.path })
  }
  const after = missing.length > 0 ? await listAttached(config, digest) : before
  const ours = after.filter(({ artifactType }) => wanted.some(({ type }) => type === artifactType))
  return { digests: ours.map((one) => one.digest), added: missing.length > 0 }
}

const ATTACHED = v.looseObject({ digest: v.string(), artifactType: v.string() })
type Attached = v.InferOutput<typeof ATTACHED>
const attached = v.nullish(v.array(ATTACHED))
const DISCOVERED = v.looseObject({ manifests: attached, referrers: attached })
async function listAttached(config: Config, digest: string): Promise<Attached[]> {
  const { IMAGE_REPOSITORY } = config
  const said = await askOras(config, ['discover'], ['--format', 'json', `${IMAGE_REPOSITORY}@${digest}`])
  const { manifests, referrers } = parseJson(DISCOVERED, said ?? '{}', { what: 'oras discover', next: 'make push' })
  return manifests ?? referrers ?? []
}

// Signs the digests with SIGNING_KEY_FILE, each where it has no signature by that key.
async function sign(config: Config, digests: readonly string[]): Promise<{ done: boolean; added: boolean }> {
  const { SIGNING_KEY_FILE, IMAGE_REPOSITORY } = config
  if (SIGNING_KEY_FILE === '') return { done: false, added: false }
  using scratch = openScratch('key')
  const publicKey = join(scratch.path, 'cosign.pub')
  writeFileSync(publicKey, (await cosign(config, ['public-key'])).stdout)
  let added = false
  for (const digest of digests) {
    if (await isSigned(config, digest, publicKey)) continue
    log.step(`sign ${IMAGE_REPOSITORY}@${shortId(digest)}`, 'SIGNING_KEY_FILE is set')
    await cosign(config, ['sign', '--yes', '--tlog-upload=false'], `${IMAGE_REPOSITORY}@${digest}`)
    added = true
  }
  return { done: true, added }
}
