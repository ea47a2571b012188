import { digest } from '../cli/digest.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import { keptOf } from './kept-paths.ts'
import type { Release } from './model.ts'
import { restartsWith } from './restarts.ts'
import { ownVolumes } from './volumes.ts'

/** Puts a release over other volumes, named by key. The same names make the same release again. */
export function withVolumes(release: Release, names: Readonly<Record<string, string>>): Release {
  const { compose, base } = release
  const volumes = release.volumes.map((volume) => ({ ...volume, name: names[volume.key] ?? volume.name }))
  const moved = volumes.filter(({ key, name }) => name !== `${compose.name}_${key}`)
  const services = Object.entries(compose.services).map(([service, definition]) => {
    const [own] = (definition.labels?.[DEFINITION_LABEL] ?? '').split('-')
    const mounts = [definition, ...restartsWith(compose, definition)].flatMap((one) => one.volumes ?? [])
    const mine = moved.filter(({ key }) => mounts.some(({ source }) => source === key))
    const label = mine.length === 0 ? own : `${own}-${digest(mine.map(({ key, name }) => [key, name]))}`
    return [service, { ...definition, labels: { ...definition.labels, [DEFINITION_LABEL]: label ?? '' } }] as const
  })
  const kept = Object.entries(keptOf(compose))
  const over = [base, moved.map(({ key, name }) => [key, name]), ...(kept.length > 0 ? [kept] : [])]
  const id = moved.length + kept.length === 0 ? base : digest(over)
  return {
    ...release,
    id,
    volumes,
    compose: ownVolumes({ ...compose, services: Object.fromEntries(services) }, volumes),
  }
}

/** The names of a release's volumes, by key. */
export const volumeNames = ({ volumes }: Release): Record<string, string> =>
  Object.fromEntries(volumes.map(({ key, name }) => [key, name]))
