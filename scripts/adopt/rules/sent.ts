import { posix } from 'node:path'
import { dockerfileOf, pathFrom, placedFiles, stageOf } from '../build.ts'
import { about, joinParts, type Old, type Part, type ServiceRule } from '../draft.ts'
import { onceBy } from '../finding.ts'
import { contextOf } from '../in-image.ts'
import { fatesOf, keyFor, placesBelow } from '../mounts.ts'
import { once } from '../once.ts'
import { isJob } from '../server.ts'
import { CODE, insideOf, isWithin, type Service } from '../source-tree.ts'
import type { Upload } from '../uploads.ts'
import {
  besideFindings,
  filledBy,
  isProgram,
  isServing,
  isTaken,
  keptMounts,
  MOVED,
  programOf,
  sharing,
  uploadsOf,
  writtenBy,
} from './beside.ts'
import { targetOf } from './names.ts'
import { heldFiles } from './one-file.ts'
import { ownFolder, ownLines } from './owner.ts'
import { apartIn } from './several.ts'

/**
 * Gives what users send to a service beside the application a volume, one in all services that have its code, and names the data that
 * such a service has beside its code.
 */
export const sentRule: ServiceRule = (old) => {
  const { service, isWeb, server } = old
  if (isServing(old, service)) return servedPart(old)
  if (isWeb || server || !isProgram(old)) return undefined
  const { folders, files, workdir } = writtenBy(old)
  const mounts = keptMounts(old)
  const given = givenTo(old)
  const held = given.map(({ value }) => ({ type: 'declared', target: value }))
  const own = [...folders, ...files].map((one) => inTree(old, one))
  return joinParts([
    ...given.map((one) => volumeFor(old, one)),
    { findings: besideFindings(service, own, { ...old, mounts: [...mounts, ...held, ...heldFiles(old)], workdir }) },
  ])
}

// The folders that its code fills.
function givenTo(old: Old): Upload[] {
  const stores = filledBy(old).map((one) => inTree(old, { ...one, confidence: 'guess' as const }))
  const mounts = keptMounts(old)
  const found = onceBy([...uploadsOf(old), ...stores, ...publishedBy(old)], ({ value }) => value)
  // A job that migrates or fills a database has all of the code, and runs none of what takes files.
  const all = isJob(old, old.service) ? found.filter(({ confidence }) => confidence !== 'guess') : found
  return all.filter(
    ({ value }) => !isTaken(mounts, value) && !all.some((one) => one.value !== value && isWithin(value, one.value)),
  )
}
// What Yii copies below the pages when one first needs it, for a web server to send.
function publishedBy(old: Old): Upload[] {
  if (!sharing(old).some((name) => isServing(old, name))) return []
  const mounts = fatesOf(old).filter(({ type, kept }) => type === 'bind' && kept.length > 0)
  const files = mounts.flatMap((one) => {
    const inside = pathFrom(old.tree, one.source ?? '')
    const all = old.tree.tracked.filter((file) => YII.test(file) && inside(file) !== undefined)
    return all.map((file) => ({ file, place: placesBelow(old, one)(file) }))
  })
  const tops = files.flatMap(({ place }) => (posix.basename(place) === 'yii' ? posix.dirname(place) : []))
  return files.flatMap(({ file, place }) =>
    place.endsWith('/.gitignore') && tops.some((top) => isWithin(place, top))
      ? [{ value: posix.dirname(place), where: file, confidence: 'likely' as const }]
      : [],
  )
}
const YII = /(^|\/)(yii|web\/assets\/\.gitignore)$/
const inTree = <T extends { readonly where: string }>(old: Old, one: T): T => ({
  ...one,
  where: posix.join(insideOf(old.tree, contextOf(old)), one.where),
})

/** The services of the release beside the application whose code fills that folder as well: these get the same volume. */
export const alsoFilling = (services: readonly Old[], folder: string): string[] =>
  services.flatMap((old) =>
    !old.isWeb &&
    !old.server &&
    isProgram(old) &&
    sharing(old).includes(old.web ?? '') &&
    givenTo(old).some(({ value }) => value === folder)
      ? targetOf(old)
      : [],
  )

/** Whether the release has a volume at a path of a service that no line of the Compose file has. */
export function hasOwnVolume(old: Old, path: string): boolean {
  const lines = (sentRule(old)?.lines?.['volumes'] ?? []) as readonly string[]
  const own = old.isWeb && isProgram(old) ? [...uploadsOf(old), ...filledBy(old), ...writtenBy(old).folders] : []
  const targets = [...lines.map((line) => line.split(':')[1] ?? ''), ...own.map(({ value }) => value)]
  return targets.some((target) => isWithin(path, target))
}

/** Another service of the same project. Each is one object, for what was read of it is known by that. */
export function another(old: Old, service: string): Old {
  const spec = old.project.services[service] ?? {}
  const made = { ...old, service, spec, stage: stageOf(old.tree, spec), isWeb: service === old.web, server: undefined }
  const one = anyOf(old.folders).get(service) ?? made
  anyOf(old.folders).set(service, one)
  return one
}
const anyOf = once((_: Old['folders']) => new Map<string, Old>())
// The programs that share the code of one and fill a folder.
const fillersOf = (old: Old, folder: string): Old[] =>
  sharing(old)
    .map((name) => another(old, name))
    .filter((one) => !isServing(old, one.service) && givenTo(one).some(({ value }) => value === folder))

// A server of files reads in the same volume what programs write to a folder that it mounts as well.
function servedPart(old: Old): Part | undefined {
  const writers = sharing(old)
    .map((name) => another(old, name))
    .filter((one) => !one.isWeb && !isServing(old, one.service) && isProgram(one))
  const volumes = writers.flatMap((one) =>
    givenTo(one).flatMap(({ value }) => {
      const place = placeFor(one.spec, old.spec, value)
      return place && !mixedIn(one, value) ? `${volumeOf(one, value)}:${place}:ro,nocopy` : []
    }),
  )
  return volumes.length > 0 ? { lines: { volumes: [...new Set(volumes)] } } : undefined
}
/** Where another service has what the host mounts at a folder of one. */
export function placeFor(one: Service, other: Service, folder: string): string | undefined {
  const binds = ({ volumes = [] }: Service) => volumes.filter(({ type }) => type === 'bind')
  const own = binds(one).find(({ target }) => isWithin(folder, target))
  const path = own && posix.join(own.source ?? '', posix.relative(own.target, folder))
  const mount = path && binds(other).find(({ source = '' }) => isWithin(path, source))
  return mount ? posix.join(mount.target, posix.relative(mount.source ?? '', path)) : undefined
}
const mixedIn = (old: Old, folder: string) =>
  placedFiles({ tree: old.tree, context: contextOf(old), facts: programOf(old).facts }, folder).find(([file]) =>
    CODE.test(file),
  )
function volumeOf(old: Old, folder: string): string {
  const [first = old] = fillersOf(old, folder)
  // Two folders may have one name.
  const volumes = [
    ...(first.spec.volumes ?? []),
    ...givenTo(first).map((one) => ({ type: 'volume', target: one.value })),
  ]
  return keyFor({ ...first, spec: { ...first.spec, volumes } }, folder)
}

// Where the application has the same code, its volume is that of all.
function volumeFor(old: Old, { value, where, confidence }: Upload): Part {
  const { tree, spec } = old
  const isOfWeb = fillersOf(old, value).some(({ isWeb }) => isWeb)
  const isServed = isOfWeb && sharing(old).some((name) => isServing(old, name))
  if (isOfWeb && !isServed) return {}
  const { missing, note, ok } = about(old)
  const at = { where, confidence }
  const mixed = mixedIn(old, value)
  if (mixed || isServed) {
    const found = `${value} may keep what users send${mixed ? `, beside ${mixed[0]}` : ''}, in no volume`
    const mend =
      'let it write to a folder without files of git, and mount one volume there in all services that share it'
    // Also who serves them would not see them.
    const each = apartIn(old.project, sharing(old))
    return { findings: [each ? missing(`${found}: ${each}`, mend, at) : note(`${found}: ${MOVED}`, mend, at)] }
  }
  const key = volumeOf(old, value)
  const owner = ownFolder(old, value, spec.build && dockerfileOf(tree, spec.build))
  const isOwned = !owner || ownLines(old).some((line) => line === owner.line || line.split(' ').includes(value))
  const found = `${value} in the volume ${key}`
  const said = !isOwned
    ? note(`${found}: ${owner.found}`, owner.mend, at)
    : confidence === 'guess'
      ? note(
          `${found}: the code seems to write there`,
          'correct the path in the proposed file where it writes elsewhere',
          at,
        )
      : ok(found, at)
  return { lines: { volumes: [`${key}:${value}`] }, tops: { volumes: { [key]: {} } }, findings: [said] }
}
