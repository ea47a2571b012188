import { posix } from 'node:path'
import { filesIn, startTexts } from './app-code.ts'
import { type Mount, mapValues, type Service, type SourceTree } from './source-tree.ts'

/**
 * The tree with a volume for each folder of migrations that a start of Django makes below mounted code, where git keeps none of them: the
 * mount kept them on the host, and those of a new container would not follow from what the database has.
 */
export function withMadeMigrations(tree: SourceTree): SourceTree {
  const { compose } = tree
  if (!compose) return tree
  const made = mapValues(compose.services, (spec, service) => madeBy(tree, service, spec))
  const services = mapValues(compose.services, (spec, service) => {
    const own = made[service] ?? []
    return own.length > 0 ? { ...spec, volumes: [...(spec.volumes ?? []), ...own] } : spec
  })
  const keys = Object.values(made).flatMap((all) => all.map(({ source = '' }) => [source, null] as const))
  return { ...tree, compose: { ...compose, services, volumes: { ...compose.volumes, ...Object.fromEntries(keys) } } }
}

function madeBy(tree: SourceTree, service: string, spec: Service): Mount[] {
  const [found] = startTexts(tree, spec).flatMap((text) => MAKES.exec(text)?.[1] ?? [])
  if (found === undefined) return []
  const named = found.split(/\s+/).filter(Boolean)
  return (spec.volumes ?? []).flatMap(({ type, source = '', target }) => {
    const files = type === 'bind' ? filesIn(tree.tracked, posix.relative(tree.root, source)) : []
    const all = files.includes('manage.py') ? files.flatMap((file) => MODELS.exec(file)?.[1] ?? []) : []
    // Without its name, Django makes none for an application without such a folder.
    const isMeant = (app: string) =>
      named.length > 0 ? named.includes(posix.basename(app)) : files.includes(`${app}/migrations/__init__.py`)
    const isKept = (app: string) => files.some((file) => file.startsWith(`${app}/migrations/`) && /\/\d{4}_/.test(file))
    return all.flatMap((app) =>
      isMeant(app) && !isKept(app)
        ? {
            type: 'volume',
            source: keyFor(service, app),
            target: posix.join(target, app, 'migrations'),
          }
        : [],
    )
  })
}
const keyFor = (service: string, app: string) => `${service}-${posix.basename(app)}-made-migrations`
/** Whether a volume has that name. */
export const isMade = (volume: string): boolean => volume.endsWith('-made-migrations')
const MAKES = /\bmanage\.py["',\s]+makemigrations\b((?:[ \t]+(?!-)[\w.]+)*)/
const MODELS = /^(.+)\/models(?:\.py|\/__init__\.py)$/
