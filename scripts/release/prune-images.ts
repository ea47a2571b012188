import { shortId } from '../cli/digest.ts'
import { APPLICATION, BUILD_LABEL, OWNER, PROJECT_LABEL, TEST_LABEL } from '../docker/labels.ts'
import { isVersion, sortVersions } from '../version/version.ts'

/** An image on this engine. */
export type ImageState = {
  readonly id: string
  readonly tags: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  /** Seconds since 1970. */
  readonly created: number
  /** Bytes that no other image shares. */
  readonly size: number
  /** Whether a container uses it, running or not, of whichever project. */
  readonly inUse: boolean
}
/** Something to remove: an image, tags of an image that stays, a file of the ledger, a replaced volume, a snapshot, a config or secret of a swarm. */
export type Removal = {
  readonly what: 'image' | 'tag' | 'release' | 'evidence' | 'volume' | 'snapshot' | 'config' | 'secret'
  /** The id of the image or the release. */
  readonly id: string
  readonly name: string
  /** What `docker image rm` is given. */
  readonly references: readonly string[]
  readonly bytes: number
  readonly because: string
}
export type Settings = { readonly PROJECT: string; readonly IMAGE_REPOSITORY: string; readonly KEEP: number }

/** Whether an image is an application's, and not needed; one without a tag must not be another project's. */
export const isSuperseded = (image: ImageState, project: string, needed: ReadonlySet<string>): boolean =>
  isApplication(image) &&
  !needed.has(image.id) &&
  (image.tags.length > 0 || [undefined, project].includes(image.labels[PROJECT_LABEL]))

/** The application's images and tags to remove; `whyOf` says of one that has been deployed why it may go. */
export function planApp(
  { PROJECT, IMAGE_REPOSITORY, KEEP }: Settings,
  images: readonly ImageState[],
  needed: ReadonlySet<string>,
  whyOf: (image: string) => string | undefined,
): Removal[] {
  const tagsOf = (image: ImageState) => image.tags.filter((tag) => repositoryOf(tag) === IMAGE_REPOSITORY).map(tagOf)
  const superseded = images.filter((image) => isSuperseded(image, PROJECT, needed))
  const undeployed = superseded.filter(({ id }) => whyOf(id) === undefined)
  const newest = sortVersions(undeployed.flatMap(tagsOf).filter(isVersion)).slice(0, KEEP)
  return superseded.flatMap((image) => {
    const tags = tagsOf(image)
    const versions = tags.filter(isVersion)
    const waits = versions.some((version) => newest.includes(version))
    const passing = tags.filter(isCandidate)
    // A removal that is refused leaves the last one: let that be the version.
    const going = waits ? passing : [...passing, ...tags.filter(isAlias), ...versions]
    const because = waits
      ? 'its version is tagged'
      : (whyOf(image.id) ??
        (versions.length > 0 ? `never went live, and older than those kept (KEEP=${KEEP})` : 'no version names it'))
    return removalOf(
      image,
      going.map((tag) => `${IMAGE_REPOSITORY}:${tag}`),
      because,
    )
  })
}

/**
 * The images and tags to remove of services with a build of their own: their versions go with those of the application, which `gone`
 * has lost. Such an image may have several versions.
 */
export function planBuilt(
  { IMAGE_REPOSITORY }: Settings,
  images: readonly ImageState[],
  needed: ReadonlySet<string>,
  gone: readonly Removal[],
): Removal[] {
  const lost = gone.flatMap(({ references }) => references)
  const own = images.flatMap(({ tags }) => tags.filter((tag) => repositoryOf(tag) === IMAGE_REPOSITORY))
  const staying = own.filter((tag) => !lost.includes(tag)).map(tagOf)
  return images.filter(isApplication).flatMap((image) => {
    const tags = image.tags.filter((tag) => isOfBuild(image, tag, IMAGE_REPOSITORY))
    const versions = tags.filter((tag) => isVersion(tagOf(tag)))
    const stale = versions.filter((tag) => !staying.includes(tagOf(tag)))
    const isLast = stale.length === versions.length
    // What is needed keeps a name.
    if (tags.length === 0 || (isLast && needed.has(image.id))) return []
    const passing = needed.has(image.id) ? [] : tags.filter((tag) => isCandidate(tagOf(tag)))
    const aliases = isLast ? tags.filter((tag) => isAlias(tagOf(tag))) : []
    return removalOf(image, [...passing, ...aliases, ...stale], 'its version is gone')
  })
}

/** Whether a tag is that of a service's own build in a repository's release. */
export const isOfBuild = ({ labels }: Pick<ImageState, 'labels'>, tag: string, repository: string): boolean =>
  labels[BUILD_LABEL] !== undefined && repositoryOf(tag) === `${repository}-${labels[BUILD_LABEL]}`

/** The toolkit's images to remove. `retired` are repositories in whose place this checkout uses a registry's image. */
export function planToolkit(
  images: readonly ImageState[],
  retired: readonly string[],
  needed: ReadonlySet<string>,
): Removal[] {
  const unused = images.filter((image) => isToolkit(image) && !needed.has(image.id))
  // What is newer than all that is needed here is another checkout's.
  const isReplaced = ({ created }: ImageState, repository: string) =>
    retired.includes(repository) ||
    images.some(
      (other) =>
        needed.has(other.id) && other.created >= created && other.tags.some((tag) => repositoryOf(tag) === repository),
    )
  return unused.flatMap((image) => {
    const going = image.tags.filter((tag) => TOOLKIT_TAG.test(tag) && isReplaced(image, repositoryOf(tag)))
    return removalOf(image, going, 'another has taken its place')
  })
}

function removalOf({ id, tags, size }: ImageState, going: readonly string[], because: string): Removal[] {
  if (tags.length === 0)
    return [{ what: 'image', id, name: shortId(id), references: [id], bytes: size, because: 'no tag names it' }]
  if (going.length === 0) return []
  const whole = going.length === tags.length
  const name = going.at(-1) ?? ''
  return [{ what: whole ? 'image' : 'tag', id, name, references: going, bytes: whole ? size : 0, because }]
}

/** Whether an image belongs to a run of tests, or to none: what tests build on our images inherits their labels. */
export const isOfRun =
  (run: string | undefined) =>
  ({ labels }: ImageState): boolean =>
    labels[TEST_LABEL] === run

const isToolkit = ({ labels }: ImageState) => labels[OWNER] === 'image' && labels[PROJECT_LABEL] === undefined
// Images that older versions have built name their project.
const isApplication = ({ labels }: ImageState) =>
  labels[OWNER] === APPLICATION || (labels[OWNER] === 'image' && labels[PROJECT_LABEL] !== undefined)
// Tags of any other form are somebody's own.
const TOOLKIT_TAG = /^dartagnan\/[a-z]+:[0-9a-f]{12}$/
const isCandidate = (tag: string) => tag.startsWith('build-') || tag === 'dev'
const isAlias = (tag: string) => /^(\d+(\.\d+)?|latest)$/.test(tag)
const repositoryOf = (reference: string) => reference.slice(0, reference.lastIndexOf(':'))
const tagOf = (reference: string) => reference.slice(reference.lastIndexOf(':') + 1)
