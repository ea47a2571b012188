import { shortId } from '../cli/digest.ts'
import { goodReleases, imagesOf, type ReleaseEntry } from './history.ts'
import { type ImageState, planApp, planBuilt, planToolkit, type Removal, type Settings } from './prune-images.ts'

/** A file of the ledger: a release with the ids of all images that it names, or the evidence of an image. */
export type ReleaseFile = { readonly id: string; readonly bytes: number; readonly images: readonly string[] }
export type EvidenceFile = { readonly image: string; readonly bytes: number }

export type Observed = {
  readonly entries: readonly ReleaseEntry[]
  readonly images: readonly ImageState[]
  readonly releases: readonly ReleaseFile[]
  readonly evidence: readonly EvidenceFile[]
  /** The ids of the images that this checkout's toolkit uses, and that releases of other projects name. */
  readonly current: readonly string[]
  readonly elsewhere: readonly string[]
  /** Whether a release of the engine cannot be read: nobody knows what it needs, so nothing goes. */
  readonly blind: boolean
  /** The toolkit's repositories in whose place this checkout uses a registry's image. */
  readonly retired: readonly string[]
}

/**
 * Plans what to remove of all that this project and the toolkit made: what no rollback to the last KEEP good releases needs, and
 * no way forward from the last rollback. It keeps what a container uses, what a release of another project names, and what somebody else made or tagged.
 */
export function planPrune(settings: Settings, observed: Observed): Removal[] {
  const { entries, images, releases, evidence, current, elsewhere } = observed
  if (observed.blind) return []
  const good = goodReleases(entries)
  const kept = [...good.slice(0, settings.KEEP), ...rolledBackFrom(entries)]
  const keptIds = kept.map(({ release }) => release)
  const named = releases.filter(({ id }) => keptIds.includes(id)).flatMap((release) => release.images)
  const used = images.filter(({ inUse }) => inUse).map(({ id }) => id)
  const needed = new Set([
    ...kept.flatMap((entry) => Object.values(imagesOf(entry))),
    ...named,
    ...used,
    ...current,
    ...elsewhere,
  ])

  const why = (of: (entry: ReleaseEntry) => boolean) =>
    good.some(of)
      ? `older than the good releases kept (KEEP=${settings.KEEP})`
      : entries.some((entry) => of(entry) && entry.outcome === 'deployed')
        ? 'rolled back from'
        : undefined
  const apps = planApp(settings, images, needed, (id) => why(({ image }) => image === id))
  const found = [
    ...apps,
    ...planBuilt(settings, images, needed, apps),
    ...planToolkit(images, observed.retired, needed),
  ]
  const gone = found.filter(({ what }) => what === 'image').map(({ id }) => id)
  const ledger = releases
    .filter(({ id }) => !keptIds.includes(id))
    .map(({ id, bytes }): Removal => {
      const version = entries.find(({ release }) => release === id)?.version
      const because = why(({ release }) => release === id) ?? 'never went live'
      return { what: 'release', id, name: version ? `${version} (${id})` : id, references: [], bytes, because }
    })
  const verifications = evidence
    .filter(({ image }) => gone.includes(image) || !images.some(({ id }) => id === image))
    .map(({ image, bytes }): Removal => {
      return { what: 'evidence', id: image, name: shortId(image), references: [], bytes, because: 'its image is gone' }
    })
  return [...found, ...ledger, ...verifications]
}

// What the last rollback has left can be rolled forward to, until something else is deployed.
function rolledBackFrom(entries: readonly ReleaseEntry[]): ReleaseEntry[] {
  const last = entries.findLast(({ outcome }) => outcome === 'deployed')
  const left = last?.target === 'rollback' && entries.findLast(({ release }) => release === last.from)
  return left ? [left] : []
}

/** The commands that remove these references, a hundred each: a command line has a limit. */
export function imageCommands(references: readonly string[]): [string, ...string[]][] {
  const starts = references.flatMap((_, index) => (index % 100 === 0 ? [index] : []))
  return starts.map((start) => ['docker', 'image', 'rm', ...references.slice(start, start + 100)])
}
