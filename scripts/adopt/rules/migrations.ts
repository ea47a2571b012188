import { ignoreLines, pathFrom } from '../build.ts'
import type { Old } from '../draft.ts'
import { type Finding, verdictsOn } from '../finding.ts'
import { codeLines } from '../guess.ts'
import { contextOf, seenBy } from '../in-image.ts'
import { isMade } from '../made-migrations.ts'
import type { Mounting } from '../mounts.ts'
import type { ConfigFile } from '../nginx-lines.ts'

type Run = Mounting & Pick<Old, 'where'>
// Migrations that a start runs, and that the build does not see. Without them it does nothing, and the code finds no tables.
const MIGRATES = [
  { runs: /\b(?:flask\b.*\bdb|alembic\b.*)\supgrade\b/, named: /(^|\/)versions\/[^/]+\.py$/ },
  { runs: /\bmanage\.py migrate\b/, named: /(^|\/)migrations\/\d{4}_\w+\.py$/ },
]
const COMMIT =
  'better, commit them (python manage.py makemigrations), and let the start run migrate alone: now a rollback takes away what a newer version has added to the tables'
/** Names the migrations that a start runs, by the files that it reaches, and that its build does not see. */
export function migrationFindings(old: Run, files: readonly ConfigFile[]): Finding[] {
  const { tree, service, spec, where } = old
  const { note, missing } = verdictsOn(service, { where: where(service, 'volumes'), confidence: 'likely' })
  const kept = (spec.volumes ?? []).flatMap(({ type, source = '', target }) =>
    type === 'volume' && isMade(source)
      ? note(`its start makes ${target}, and git keeps none of them: the volume ${source} does`, COMMIT)
      : [],
  )
  if (!spec.build) return kept
  const [context, seen] = [contextOf(old), new Set(seenBy(old))]
  const inside = pathFrom(tree, context)
  const lines = files.flatMap(({ text }) => codeLines(text))
  const lost = MIGRATES.flatMap(({ runs, named }) => {
    const all = tree.tracked.filter((file) => inside(file) !== undefined && named.test(file))
    const [line] = ignoreLines(tree, { ...spec.build, context }).filter(
      ({ isOut, path }) => isOut && all.every((file) => path.test(inside(file) ?? '')),
    )
    const isMade = lines.some((one) => /makemigrations|\bdb migrate\b|--autogenerate/.test(one))
    const [what] = lines.flatMap((one) => runs.exec(one) ?? [])
    if (!what || isMade || all.length === 0 || all.some((file) => seen.has(file))) return []
    const more = all.length > 1 ? ` and ${all.length - 1} more` : ''
    const found = `its start runs ${what}, and .dockerignore leaves out ${all[0]}${more}: the image has no migrations`
    const mend = `take ${line?.line ?? 'what means them'} out of .dockerignore, then run this again`
    return missing(found, mend, { where: where(service, 'build') })
  })
  return [...kept, ...lost]
}
