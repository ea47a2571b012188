import { posix } from 'node:path'
import { Scalar, stringify } from 'yaml'
import { ANY_COMPOSE } from '../config/settings.ts'
import { APP } from '../docker/compose-model.ts'
import type { DataPath } from './data-paths.ts'
import type { Joined } from './draft.ts'
import { mapValues, type SourceTree } from './source-tree.ts'

/** The services by their names in the release, and the volumes, secrets and configs that they use. */
export type Composed = { readonly definitions: Readonly<Record<string, object>>; readonly all: Joined }
type Mounted = {
  readonly environment?: Readonly<Record<string, unknown>>
  readonly volumes?: readonly (string | { readonly target?: string })[]
  readonly 'x-snapshot'?: string | { readonly volume: string } | undefined
}

type Kept = {
  readonly dataPaths: readonly DataPath[]
  /** Whether a Compose file of the project says what its environment is. */
  readonly isComposed: boolean
}
// The value by which Compose takes away what the file below sets: scripts have a PORT of their own, and hand on one that is exported.
const NONE = Object.assign(new Scalar(null), { tag: '!reset' })

/** Gives folders of the application volumes, which the services that `alsoIn` names for one have, too. */
export function withFolders(
  { definitions, all }: Composed,
  folders: readonly string[],
  alsoIn: (folder: string) => readonly string[],
): Composed {
  const services: Readonly<Record<string, Mounted>> = { ...definitions, [APP]: definitions[APP] ?? {} }
  const targets = (services[APP]?.volumes ?? []).map((one) =>
    typeof one === 'string' ? one.split(':')[1] : one.target,
  )
  const volumes: Record<string, unknown> = { ...all.tops.volumes }
  const added = folders.flatMap((folder) => {
    if (targets.includes(folder)) return []
    const own = posix.basename(folder).replace(/[^\w-]/g, '') || 'files'
    const long = `app${folder.replaceAll(/[^\w]+/g, '-').replace(/-$/, '')}`
    const key = ['data', own, `app-${own}`].find((one) => volumes[one] === undefined) ?? long
    volumes[key] = {}
    return { line: `${key}:${folder}`, names: [APP, ...alsoIn(folder)] }
  })
  return {
    definitions: mapValues(services, (service, name) => {
      const lines = added.flatMap(({ line, names }) => (names.includes(name) ? line : []))
      return withKey(lines.length > 0 ? { ...service, volumes: [...(service.volumes ?? []), ...lines] } : service)
    }),
    all: { ...all, tops: { ...all.tops, volumes } },
  }
}

// A hook names its volume by the key, and a rule knows the folder alone.
function withKey(service: Mounted): Mounted {
  const { volumes = [], 'x-snapshot': hook } = service
  if (typeof hook !== 'object') return service
  const keys = volumes.map((one) => (typeof one === 'string' ? one.split(':').slice(0, 2) : []))
  const key = keys.find(([, target]) => target === hook.volume)?.[0]
  return { ...service, 'x-snapshot': key ? { ...hook, volume: key } : undefined }
}

/** Renders the Compose file that an application needs on top of compose/any.yaml; undefined if it needs none. */
export function renderCompose(tree: SourceTree, name: string, composed: Composed, { dataPaths, isComposed }: Kept) {
  const app: Mounted = composed.definitions[APP] ?? {}
  const set = Object.fromEntries(dataPaths.map(({ variable, value }) => [variable, value]))
  const environment = { ...(isComposed ? { PORT: NONE } : {}), ...app.environment, ...set }
  const own = { ...app, ...(Object.keys(environment).length > 0 ? { environment } : {}) }
  const all = Object.entries({ ...composed.definitions, [APP]: own })
  const services = Object.fromEntries(all.filter(([, service]) => Object.keys(service).length > 0))
  if (Object.keys(services).length === 0) return undefined
  const title = `${tree.service ? `# SERVICE=${tree.service}\n` : ''}# ${name} as a release, on top of ${ANY_COMPOSE}. Paths are relative to the folder of this file.\n`
  const { volumes = {}, secrets = {}, configs = {} } = composed.all.tops
  const tops = Object.entries({ volumes, secrets, configs }).filter(([, top]) => Object.keys(top).length > 0)
  // Other programs read the same file: some take a bare `no` for false, as YAML 1.1 does.
  const body = stringify({ services, ...Object.fromEntries(tops) }, { lineWidth: 0, version: '1.1' })
  return { path: tree.composeFile, text: title + body }
}
