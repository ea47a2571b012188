import { posix } from 'node:path'
import { isOfficial } from '../../docker/image-name.ts'
import { lostAt } from '../../release/held.ts'
import { about, joinParts, type Old, type Part, type ServiceRule, tmpfsOf } from '../draft.ts'
import type { Finding } from '../finding.ts'
import { codeAt, codeVolumes } from '../in-image.ts'
import { keyFor, volumesOf } from '../mounts.ts'
import { isJob } from '../server.ts'
import { isScratch, isWithin } from '../source-tree.ts'
import { imageOf } from './image-files.ts'

/** The paths where an image keeps data, and where the Compose file mounts nothing, get volumes; one with code is taken out of its image. */
export const declaredRule: ServiceRule = (old) => {
  const { service } = old
  const short = `${service}-data`
  const taken = [
    ...Object.keys(old.project.volumes),
    ...(old.spec.volumes ?? []).map(({ target }) => keyFor(old, target)),
  ]
  const open = declared(old).filter((path) => codeAt(old, path).length === 0)
  return joinParts([
    ...open.map((path, index) =>
      declaredPart(old, path, index === 0 && !taken.includes(short) ? short : keyFor(old, path)),
    ),
    // The service that builds the image says it.
    { findings: old.spec.build ? codeVolumes(old).map((path) => codeFinding(old, path)) : [] },
  ])
}

function codeFinding(old: Old, path: string): Finding {
  const found = `VOLUME ${path} has ${codeAt(old, path)[0]}: the proposed Dockerfile has no such line, for a volume would hide the next version`
  const mend = 'where it writes data there, let it write to a folder that has no files of git, and mount a volume there'
  return about(old, 'build').note(found, mend)
}

// The paths where its image keeps data, and where the Compose file mounts nothing.
function declared(old: Old): string[] {
  const { server, spec, stage } = old
  const said = [...(stage?.volumes ?? []), ...(imageOf(old)?.volumes ?? [])]
  const own = server?.kind === 'postgresql' ? { ...stage?.environment, ...spec.environment }['PGDATA'] : undefined
  // Official images have a VOLUME there, also where nobody has seen them: those of a Dockerfile on top of one come beside it.
  const isDeclared = isOfficial((spec.build ? stage?.image : spec.image) ?? '')
  const seen = isDeclared ? (imageOf(old)?.volumes ?? []) : said
  const isKnown =
    seen.length > 0 || (server?.kind === 'other' && volumesOf(old).some((one) => isMeant(old, one.target)))
  const usual = own ?? (isKnown ? undefined : server?.data)
  const taken = [...(spec.volumes ?? []).map(({ target }) => target), ...tmpfsOf(spec)]
  const known = isDeclared && usual && !own ? [...said, usual] : said
  // PostgreSQL 18 keeps its data one folder further up. What is mounted below that of another server holds no more than a part.
  const isWhole = (path: string) => server?.kind === 'postgresql' || path !== server?.data
  const lost = [...new Set([...said, ...(usual ? [usual] : [])])].filter(
    (path) => lostAt(taken, known, path) && !(isWhole(path) && taken.some((target) => isWithin(target, path))),
  )
  return lost.filter((path) => !lost.some((other) => other !== path && isWithin(path, other)))
}

// Whoever mounts a volume in a server without a hook knows where its data lie: but an official image keeps none in a folder that
// neither lies beside its own, as that of another version may, nor is named in what the service is told.
function isMeant({ server, spec }: Old, target: string): boolean {
  const isBeside = posix.dirname(posix.join(target, '.')) === posix.dirname(server?.data ?? '')
  const isTold = JSON.stringify([spec.environment, spec['command'], spec['entrypoint']]).includes(target)
  return !isOfficial(spec.image ?? '') || isBeside || isTold
}

function declaredPart(old: Old, path: string, key: string): Part {
  // A job is a client, and keeps nothing there.
  if ((isScratch(path) && old.server === undefined) || isJob(old, old.service)) return { lines: { tmpfs: [path] } }
  const found = `it keeps data in ${path}, outside any named volume`
  const { ok, note } = about(old)
  const likely = { confidence: 'likely' } as const
  // A fresh clone that has never run has no data yet.
  const said =
    old.tree.ran[old.service] === undefined
      ? ok(`${found}: the release has the volume ${key} there`, likely)
      : note(found, `copy the data into the new volume ${key} (docs/guides/take-over.md)`, likely)
  return { lines: { volumes: [`${key}:${path}`] }, tops: { volumes: { [key]: {} } }, findings: [said] }
}
