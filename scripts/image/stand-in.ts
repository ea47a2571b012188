import type { ImageLock } from './image-lock.ts'

/** An image built from Debian's packages, in the folder of that name, and the upstream that it behaves like. */
export type StandIn = { readonly name: string; readonly upstream: string }

/** What is stood in for only once an application needs it; what upstream.Dockerfile names, `make setup` has built. */
export const ON_DEMAND: Readonly<Record<string, string>> = {
  debian: 'debian:trixie-slim',
  golang: 'golang:1.24',
  memcached: 'memcached:1.6',
  nginx: 'nginx:1.26',
  redis: 'redis:8',
}

/** Whether stand-ins serve in this checkout: no registry answered when it was set up. */
export const hasStandIns = (lock: ImageLock): boolean => Object.values(lock).some(({ source }) => source === 'stand-in')

/**
 * What could stand in for an image where no registry answers, whatever its tag; undefined for one with a digest, one of
 * another registry or owner, what no stand-in is like, and wherever the lock names registry's images.
 */
export function standInFor(reference: string, lock: ImageLock): StandIn | undefined {
  const [, name = ''] = /^(?:docker\.io\/)?(?:library\/)?([a-z0-9]+)(?::[\w.-]+)?$/.exec(reference) ?? []
  if (!hasStandIns(lock)) return undefined
  const locked = Object.hasOwn(lock, name) ? lock[name] : undefined
  if (locked) return locked.source === 'stand-in' ? { name, upstream: locked.upstream } : undefined
  const upstream = Object.hasOwn(ON_DEMAND, name) ? ON_DEMAND[name] : undefined
  return upstream === undefined ? undefined : { name, upstream }
}

/** The line that says what runs in an image's place. */
export const sayStandIn = (reference: string, { upstream }: Pick<StandIn, 'upstream'>): string =>
  `no image registry answers: a STAND-IN of ${reference} serves, made of Debian's packages to be like ${upstream}`

/** Why none can stand in for an image; empty where there is nothing to say but that none does. */
export const whyNoStandIn = (reference: string): string =>
  /^(?:docker\.io\/)?(?:library\/)?alpine(?::|$)/.test(reference)
    ? "Stand-ins are made of Debian's packages: none has apk, or Alpine's packages. FROM debian:trixie-slim has one."
    : ''
