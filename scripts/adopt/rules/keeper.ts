import { posix } from 'node:path'
import { plainImageName } from '../../docker/image-name.ts'
import type { Old, Part } from '../draft.ts'
import { missing, note, ok, some } from '../finding.ts'
import { isJob } from '../job.ts'
import { fatesOf } from '../mounts.ts'
import { serverOf } from '../server.ts'

/** Says how a snapshot holds what a service keeps that is none of the known servers. */
export function keeper(old: Old): Part | undefined {
  const { service, spec, stage, where } = old
  const volumes = fatesOf(old).filter(({ fate }) => fate === 'volume' || fate === 'data')
  if (volumes.length === 0 && !stage?.volumes.length) return undefined
  const values = Object.entries({ ...stage?.environment, ...spec.environment })
  const [sqlite] = values.filter(([, value]) => /\.(sqlite3?|db)(\?|$)|^sqlite/.test(value ?? ''))
  const manifest = sqlite ? undefined : sqliteOf(old)
  if (sqlite || manifest)
    return {
      findings: [
        note(
          service,
          `SQLite (${sqlite?.[0] ?? manifest}): a snapshot pauses the service while it copies the file`,
          `add x-snapshot: sqlite to ${old.isWeb ? 'app' : service}: then SQLite copies it, without a pause (docs/guides/databases.md)`,
          sqlite
            ? { where: where(service, 'environment'), confidence: 'likely' }
            : { where: manifest, confidence: 'guess' },
        ),
      ],
    }
  const paths = [...volumes.map(({ target }) => target), ...(stage?.volumes ?? [])]
  return {
    findings: [
      ok(service, `${some([...new Set(paths)])}: without a hook, so a snapshot pauses it while it copies the files`, {
        where: where(service, 'volumes'),
        confidence: 'likely',
      }),
    ],
  }
}

// The manifest of its code that names SQLite, where no server of the project has the data.
function sqliteOf({ tree, project, spec, isWeb }: Old): string | undefined {
  const hasServer = Object.keys(project.services).some((one) => serverOf(tree, project, one)?.kind.includes('sql'))
  if (hasServer || (!spec.build && !isWeb)) return undefined
  const folder = spec.build ? posix.relative(posix.join(tree.root, tree.dir), spec.build.context) : ''
  return Object.keys(SQLITE)
    .flatMap((name) => posix.join(folder, name))
    .find((file) => SQLITE[posix.basename(file)]?.test(tree.sources[file] ?? ''))
}
const SQLITE: Readonly<Record<string, RegExp>> = {
  'package.json': /"((@[\w-]+\/|better-)?sqlite3|@?libsql\b[^"]*)"/,
  'go.mod': /sqlite3?\S* v\S+\s*$/m,
  'Cargo.toml': /sqlite/,
  'requirements.txt': /^aiosqlite/m,
}
/** Names an image that nobody has seen, with the name of a server in its own. */
export function lookalike({ tree, project, service, spec, where }: Old): Part | undefined {
  const name = plainImageName(spec.image ?? '')
  const kind = LOOKS.exec(name)?.[2]
  if (spec.build || isJob(project, service) || !kind || CLIENTS.test(name) || tree.images[spec.image ?? ''])
    return undefined
  const next = `docker pull ${spec.image}, and run this again; or set x-snapshot and a volume for its data (docs/guides/databases.md)`
  const ground = { where: where(service, 'image'), confidence: 'guess' } as const
  return {
    findings: [
      missing(
        service,
        `it looks like ${kind}, and nobody has seen its image: what it keeps is in no snapshot`,
        next,
        ground,
      ),
    ],
  }
}
const LOOKS = /(^|[-_])(mongo(?:db)?|postgres(?:ql)?|mysql|mariadb|redis|valkey)(?=[-_]|$)/
const CLIENTS = /express|admin|exporter|commander|insight|client|backup|-ui|-web/
