import { posix } from 'node:path'
import { recognizeServer } from '../../release/snapshot-presets.ts'
import { isScratch, isWithin, type Old, type Part } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok, some } from '../finding.ts'
import { isJob } from '../job.ts'
import { dataVolumes, FILE, fatesOf, inImage } from '../mounts.ts'
import { CODE } from '../packages.ts'
import { isFolder } from './data.ts'

/** Says how a snapshot holds what a service keeps in volumes without being a server that has a hook. */
export function keeper(old: Old): Part {
  const { service, spec, stage, project, where } = old
  const volumes = fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data')
  const all = [...volumes.map(({ target }) => target), ...dataVolumes(old)]
  const paths = [...new Set(all)].filter((path) => !isScratch(path))
  const loose = looseFiles(old)
  if (paths.length === 0) return { findings: loose }
  const found = `${some(paths)}: no hook, so a snapshot pauses it while it copies the files`
  const at = { where: where(service, 'volumes') }
  // Its command hides what it runs, and its name may say it.
  const called = isJob(project, service)
    ? undefined
    : recognizeServer({ image: spec.build ? stage?.image : spec.image })
  const mend = `where it serves: x-snapshot: ${called} on it`
  const kept = called
    ? note(service, `${found}, and its image is called ${called}`, mend, at)
    : ok(service, `${found} (x-snapshot: sqlite for SQLite)`, at)
  return { findings: [...loose, kept] }
}

// The files of SQLite, and the folders of a service beside the application, that variables name and no volume holds.
function looseFiles(old: Old): Finding[] {
  const { service, spec, stage, where } = old
  const held = fatesOf(old).filter(({ fate }) => fate !== 'source' && fate !== 'baked')
  const folders = [...held.map(({ target }) => target), ...dataVolumes(old)]
  const base = typeof spec['working_dir'] === 'string' ? spec['working_dir'] : (stage?.workdir ?? '/')
  const at = { where: where(service, 'environment'), confidence: 'likely' } as const
  const isHeld = (path: string) => isScratch(path) || folders.some((one) => isWithin(path, one))
  const all = Object.entries({ ...stage?.environment, ...spec.environment }).map(
    ([key, value]) => [key, value ?? ''] as const,
  )
  const files = all.flatMap(([key, text]) => {
    const named =
      DATABASES.map((one) => one.exec(text)?.[1]).find(Boolean) ??
      (!old.isWeb && isFolder(key, text) ? text : undefined)
    const path = posix.resolve(base, named ?? '')
    return !named || /^\/(usr|etc)\//.test(path) || isHeld(path) ? [] : [{ key, path }]
  })
  // Whatever else lies there: what the image has is code, and names of files say that they are read.
  const others = all.flatMap(([key, text]) => {
    const [, path = ''] = INSIDE.exec(text) ?? []
    const isKnown =
      path === '' ||
      DATABASES.some((one) => one.test(text)) ||
      files.some((one) => one.key === key) ||
      isWithin(base, path) ||
      isHeld(path)
    return isKnown || FILE.test(path) || CODE.test(path) || inImage(old, path).length > 0 ? [] : `${key}=${path}`
  })
  return [
    ...files.map(({ key, path }) =>
      missing(
        service,
        `${key} names ${path}, which lies in no volume: every deploy would lose it`,
        'where it has data, mount a volume at a folder of its own, and let it name a path there',
        at,
      ),
    ),
    ...listFindings(
      others.length > 0 &&
        note(
          service,
          `${some(others)}: in no volume`,
          'where the service writes there, mount a volume: every deploy would lose it',
          { ...at, confidence: 'guess' },
        ),
    ),
  ]
}
const DATABASES = [
  /^(?:(?:jdbc:)?sqlite3?(?:\+\w+)?:(?:\/\/\/)?|file:(?:\/\/)?)?([\w./-]+\.(?:db3?|sqlite3?))(?:\?.*)?$/i,
  // Databases of Java that lie in a file.
  /^jdbc:(?:h2|hsqldb|derby):(?:file:|directory:)?(?!mem\b|tcp\b|ssl\b|zip\b)([\w./-]+)/i,
]
// Where applications lie in a container, and keep data.
const INSIDE =
  /^(?:[\w+]+:(?:\/\/)?)?(\/(?:app|code|data|home|mnt|opt|root|srv|storage|usr\/src|var|work\w*)\/[\w./-]+)$/
