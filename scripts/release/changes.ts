import { isDeepStrictEqual } from 'node:util'
import { shortId } from '../cli/digest.ts'
import type { ComposeModel } from '../docker/compose-model.ts'
import { PROXY } from '../docker/compose-model.ts'
import { definitionOf, idsOf, type Release } from './model.ts'

/**
 * What differs between two releases, for a person; empty where nothing does but the version. `commits` is how many lead from
 * one to the other, where that is known.
 */
export function describeChanges(from: Release, to: Release, commits?: number): string[] {
  const [before, after] = [idsOf(from.image), idsOf(to.image)]
  const images = namesIn(before, after)
    .filter((name) => before[name] !== after[name])
    .map((name) => `${name || 'image'} ${short(before[name])} → ${short(after[name])}`)
  const volumes = to.volumes.flatMap(({ key, name }) => {
    const old = from.volumes.find((volume) => volume.key === key)
    return old?.name === name ? [] : [`volume ${key}: ${old ? `${old.name} → ` : 'new, '}${name}`]
  })
  const services = namesIn(from.compose.services, to.compose.services)
    .filter((name) => name !== PROXY)
    .flatMap((name) => describeService(name, from, to))
  const proxy = isDeepStrictEqual([from.proxy, from.routes], [to.proxy, to.routes]) ? [] : ['proxy settings']
  const told = commits ? [`${commits} ${commits === 1 ? 'commit' : 'commits'}`] : []
  return [...told, ...images, ...services, ...volumes, ...proxy]
}

function describeService(name: string, from: Release, to: Release): string[] {
  const [before, after] = [from.compose.services[name], to.compose.services[name]]
  if (!before) return [`${name}: new`]
  if (!after) return [`${name}: gone`]
  if (ownDefinition(from, name) === ownDefinition(to, name)) return []
  const keys = namesIn(before, after).filter((key) => !isDeepStrictEqual(valueAt(before, key), valueAt(after, key)))
  const told = keys.filter((key) => key !== 'labels' && key !== 'image')
  // What a secret holds is known by its digest alone, which the definition has.
  if (told.length === 0) return keys.includes('image') ? [] : [`${name}: secrets or files`]
  return [`${name}: ${told.join(', ')}`]
}

// What follows the dash says over which volumes (over-volumes.ts): those are told by themselves.
const ownDefinition = (release: Release, name: string) => definitionOf(release, name)?.split('-')[0]

type Service = ComposeModel['services'][string]
const valueAt = (service: Service, key: string) => (service as Readonly<Record<string, unknown>>)[key]
const namesIn = (a: object, b: object): string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])]
const short = (id: string | undefined) => (id === undefined ? 'none' : shortId(id))
