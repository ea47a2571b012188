import { isSameBuild, PLACEHOLDERS } from '../build.ts'
import { about, isScratch, isWithin, type Old, type ServiceRule, toWords } from '../draft.ts'
import { type Finding, listFindings, note, ok, some } from '../finding.ts'
import type { ImageFacts, Project, SourceTree } from '../source-tree.ts'

// What the images themselves say, where they are on this engine: their files and their configuration, not the lines of a Dockerfile.

/** The image that a service runs: the one that was built for it, else the one that it names, or builds on. */
export const imageOf = (old: Old): ImageFacts | undefined =>
  builtFor(old) ?? old.tree.images[(old.spec.build ? old.stage?.image : old.spec.image) ?? '']

const builtFor = ({ tree: { built = {} }, spec, service, isWeb, project, web = '' }: Old) => {
  if (!spec.build) return undefined
  const isApp = isWeb || isSameBuild(spec.build, project.services[web]?.build)
  return (isApp ? built[''] : undefined) ?? built[service] ?? (isApp ? built[web] : undefined)
}

/** The files of the image of a service below a path that its author calls no volume; undefined where nobody has looked. */
export function filesBelow(old: Old, path: string): string[] | undefined {
  const image = old.spec.build ? builtFor(old) : imageOf(old)
  if (image?.volumes.some((one) => isWithin(path, one))) return []
  return image?.files?.filter((file) => isWithin(file, path) && !PLACEHOLDERS.test(file))
}

/** Names the servers of data and the databases in the image of a service that no hook and no volume holds. */
export const imageFilesRule: ServiceRule = (old) => {
  const { spec, server } = old
  const image = imageOf(old)
  const say = about(old, spec.build ? 'build' : 'image').note
  const files = (spec.build ? builtFor(old) : image)?.files ?? []
  const programs = [...new Set(files.flatMap((file) => SERVER.exec(file)?.[1] ?? []))]
  const mounted = [...(spec.volumes ?? []).map(({ target }) => target), ...(image?.volumes ?? [])]
  const isHeld = (file: string) => isScratch(file) || mounted.some((path) => isWithin(file, path))
  const databases = files.filter((file) => DATABASE.test(file) && !isHeld(file))
  const lost = `${some(databases)} of its image lies in no volume: a deploy would lose what is written there`
  return {
    // As any other process than the first, the s6 supervision refuses to start.
    lines: firstWord(old) === '/init' ? { init: false } : {},
    findings: listFindings(
      !server &&
        programs.length > 0 &&
        say(
          `its image has ${programs.join(', ')}: where it runs there, a snapshot has its files as after a power cut`,
          'nothing to do where the service only talks to another server; else mount a volume at its data (docs/guides/databases.md)',
        ),
      databases.length > 0 && say(lost, 'where the service writes to it, mount a volume at its folder'),
    ),
  }
}
const firstWord = (old: Old) =>
  toWords(old.spec['entrypoint'])[0] ?? old.stage?.command?.words[0] ?? imageOf(old)?.entrypoint[0]
const SERVER =
  /\/s?bin\/(postgres|redis-server|valkey-server|mysqld|mariadbd|mongod|rabbitmq-server|clickhouse-server|influxd|etcd)$/
const DATABASE =
  /^(?!\/(usr|lib|proc|sys|var\/(lib\/(dpkg|apt|rpm)|db)|etc)\/|.*\/(node_modules|site-packages|tests?|gems|vendor)\/).*\.(sqlite3?|db|mdb)$/

/** Says which images nobody could look into, and what looks at data later. */
export function lookedFinding({ built = {}, images }: SourceTree, services: Project['services']): Finding {
  const open = Object.entries(services).flatMap(([name, { build, image = '' }]) =>
    (build ? (built[name] ?? built['']) : images[image])?.files ? [] : name,
  )
  const later =
    'what a service writes outside of its volumes, make deploy finds: it refuses to lose what looks like data, and shows the rest'
  const found = `not looked into, for they are not on this engine: ${some(open)}; ${later}`
  const mend =
    'nothing to do yet: after make build, run this again, and it reads their files instead of the lines of a Dockerfile'
  return open.length === 0 ? ok('images', `looked into; ${later}`) : note('images', found, mend)
}
