import { posix } from 'node:path'
import type { Variables } from '../config/settings.ts'
import { APP } from '../docker/compose-model.ts'
import { fillIn, hasVariables } from '../docker/compose-variables.ts'
import { withBuilder } from './build.ts'
import type { Draft, File } from './draft.ts'
import { imagesTaken } from './rules/image.ts'
import { isKept, limitsOf } from './rules/keys.ts'
import { targetOf } from './rules/names.ts'
import { aliasesOf, countOf, mapValues, type Project, type Service, type SourceTree } from './source-tree.ts'
import { envName, withVariables } from './variables.ts'

// A Compose project and the proposal for it in one form, so that they can be compared.

/** The proposal: its services by their names in the release, what stands beside them, and the values for its variables. */
export type Proposal = {
  readonly services: Readonly<Record<string, object>>
  readonly tops: Readonly<Record<string, unknown>>
  readonly variables: Variables
  readonly files: readonly File[]
}
type Tree = Readonly<Record<string, unknown>>

/** The name of a service in the release; copies of the application become it. */
export const nameIn = ({ web, twins }: Draft, service: string): string =>
  targetOf({ service, isWeb: service === web || twins.includes(service) })

/** A service as a release would write it: limits by the keys of a single engine, names on one network, paths from the root. */
export function givenService(draft: Draft, service: string, variables: Variables): Tree {
  const { project, front } = draft
  const given: Service = project.services[service] ?? {}
  const { deploy = {}, depends_on: needs = {}, networks = {}, scale, image, ...spec } = given
  const { replicas, resources, ...others } = deploy
  const { build } = withBuilder(project, given)
  const additional_contexts = { ...build?.additional_contexts, ...imagesTaken(draft, build) }
  const isFirst = nameIn(draft, service) === APP
  return {
    ...limitsOf(given),
    ...spec,
    ...asWritten(project, service, variables),
    // Where something is built, this is only the name of that.
    ...(build ? { build: { ...buildOf(draft.tree, build), additional_contexts } } : { image }),
    deploy: {
      ...others,
      resources: { ...resources, limits: without(resources?.limits), reservations: without(resources?.reservations) },
    },
    aliases: aliasesOf({ networks }).filter((one) => one !== nameIn(draft, service)),
    networks: mapValues(networks, (one) => ({ ...one, aliases: undefined })),
    ...(countOf(given) === 1 || isFirst ? {} : { scale: countOf(given) }),
    // The application starts last, whatever it waits for.
    depends_on: isFirst ? {} : renamed(draft, needs, front?.service),
  }
}
// Where its author wrote variables, a key that is kept stays in his words: Compose would put these in order. One that had no value may
// get that of the environment, whose name in .env is the same. Compose leaves out what is empty, such as a `hostname`.
function asWritten({ raw = {}, given = {}, services }: Project, service: string, variables: Variables): Tree {
  const own = Object.fromEntries(Object.entries(given).map(([name, value]) => [envName(name), value]))
  return Object.fromEntries(
    Object.entries(raw[service] ?? {}).flatMap(([key, value]) =>
      isKept(key) && key in (services[service] ?? {}) && hasVariables(JSON.stringify(value))
        ? [[key, fillIn(withVariables(value, given).value, { ...variables, ...own })]]
        : [],
    ),
  )
}
const without = (all: Tree = {}) => ({ ...all, cpus: undefined, memory: undefined, pids: undefined })
const renamed = (draft: Draft, all: Tree, gone: string | undefined): Tree =>
  Object.fromEntries(Object.entries(all).flatMap(([name, one]) => (name === gone ? [] : [[nameIn(draft, name), one]])))

/** What a proposal comes to: variables filled in, Compose's long forms, and paths from the root. */
export function resolveProposal({ tree }: Draft, { services, tops, variables, files }: Proposal): Record<string, Tree> {
  const all = { ...tops, services: { [APP]: {}, ...services } }
  const filled = fillIn(all, { ...variables, APP_IMAGE }) as Record<string, Record<string, Service>>
  const usual = { context: variables['APP_DIR'] || tree.dir }
  const app = filled['services']?.[APP]?.build
  const own = app ? buildOf(tree, app) : buildOf({ ...tree, composeFile: '' }, usual)
  const resolved = (spec: Service, name: string): Tree => {
    const { build, networks, volumes = [], ports = [], ...rest } = spec
    const built = name === APP || spec.image === APP_IMAGE ? own : build && buildOf(tree, build)
    const made = files.find(({ path }) => posix.join(tree.root, path) === built?.dockerfile)?.text
    return {
      ...rest,
      // What installs packages is a stage before it.
      ...(built ? { build: built, image: /^FROM (\S+)(?![\s\S]*^FROM)/m.exec(made ?? '')?.[1] } : {}),
      aliases: networks?.['default']?.aliases,
      volumes: (volumes as readonly (string | Tree)[]).map((one) => longMount(tree, one)),
      ports: (ports as readonly (string | Tree)[]).map(longPort),
    }
  }
  const placed = (one: Tree) => ({ ...one, file: one['file'] && fromFile(tree, String(one['file'])) })
  return {
    services: mapValues(filled['services'] ?? {}, resolved),
    ...{ volumes: filled['volumes'] ?? {}, networks: {} },
    secrets: mapValues(filled['secrets'] ?? {}, placed),
    configs: mapValues(filled['configs'] ?? {}, placed),
  }
}
const APP_IMAGE = 'the image of app'

const fromFile = ({ root, composeFile }: SourceTree, path: string) =>
  posix.resolve(root, posix.dirname(composeFile), path)
const buildOf = (tree: SourceTree, build: { context: string; dockerfile?: string }) => {
  const context = fromFile(tree, build.context)
  return { ...build, context, dockerfile: posix.resolve(context, build.dockerfile ?? 'Dockerfile') }
}

function longMount(tree: SourceTree, mount: string | Tree): Tree {
  if (typeof mount !== 'string')
    return mount['type'] === 'bind' ? { ...mount, source: fromFile(tree, String(mount['source'])) } : mount
  const [source, target, modes = ''] = mount.split(':')
  return { type: 'volume', source, target, read_only: modes.split(',').includes('ro') }
}
function longPort(port: string | Tree): Tree {
  if (typeof port !== 'string') return port
  const [, host_ip, published, target, protocol = 'tcp'] = /^(.*):([\d-]*):(\d+)(?:\/(\w+))?$/.exec(port) ?? []
  return { host_ip, published: published || undefined, target, protocol }
}
