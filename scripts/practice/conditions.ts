import type { SeenImage } from '../tour/look.ts'
import { of } from './container-conditions.ts'
import type { Condition, Finding } from './exercise.ts'

// Conditions on images, volumes, and on what a container has beside itself.

/** A condition on an image that must be there. */
const ofImage =
  (name: string, judge: (found: SeenImage, look: Parameters<Condition>[0]) => Finding | Promise<Finding>): Condition =>
  async (look) => {
    const found = await look.image(name)
    if (found) return await judge(found, look)
    return { holds: false, said: { en: `there is no image ${name}`, de: `es gibt kein Image ${name}` } }
  }

/** It has so many layers above those of its base. */
export const addsLayers = (name: string, base: string, count: number): Condition =>
  ofImage(name, async ({ layers }, look) => {
    const below = (await look.image(base))?.layers ?? []
    const isAbove = below.every((layer, n) => layers[n] === layer)
    const more = layers.length - below.length
    return {
      holds: isAbove && more === count,
      said: isAbove
        ? {
            en: `${name} adds ${more} ${more === 1 ? 'layer' : 'layers'} to ${base}`,
            de: `${name} hat ${more} ${more === 1 ? 'Schicht' : 'Schichten'} über ${base}`,
          }
        : { en: `${name} does not stand on ${base}`, de: `${name} steht nicht auf ${base}` },
    }
  })

/** Two images share all layers but the last so many, in which they differ. */
export const sharesAllBut = (name: string, other: string, count: number): Condition =>
  ofImage(name, async ({ layers }, look) => {
    const theirs = (await look.image(other))?.layers
    if (!theirs) return { holds: false, said: { en: `there is no image ${other}`, de: `es gibt kein Image ${other}` } }
    const own = layers.filter((layer, n) => layer !== theirs[n]).length
    return {
      holds: own === count,
      said: {
        en: `${name} has ${own} ${own === 1 ? 'layer' : 'layers'} that ${other} has not`,
        de: `${name} hat ${own} ${own === 1 ? 'Schicht' : 'Schichten'}, die ${other} nicht hat`,
      },
    }
  })

/** Two names mean one image. */
export const isSame = (name: string, other: string): Condition =>
  ofImage(name, async ({ id }, look) => {
    const theirs = (await look.image(other))?.id
    const short = (one = '–') => one.replace('sha256:', '').slice(0, 12)
    return {
      holds: id === theirs,
      said: {
        en: `${name} is the image ${short(id)}, and ${other} is ${short(theirs)}`,
        de: `${name} ist das Image ${short(id)}, und ${other} ist ${short(theirs)}`,
      },
    }
  })

/** A registry that runs in a container has a repository. */
export const registryHas = (registry: string, repository: string): Condition =>
  of(registry, async (_, look) => {
    const path = `/var/lib/registry/docker/registry/v2/repositories`
    const found = (await look.ask(registry, 'ls', path))?.trim().split(/\s+/).filter(Boolean) ?? []
    return {
      holds: found.includes(repository),
      said: found.length
        ? { en: `${registry} has ${found.join(', ')}`, de: `${registry} hat ${found.join(', ')}` }
        : { en: `${registry} has no image yet`, de: `${registry} hat noch kein Image` },
    }
  })

/** A volume or a network is there, or is not. */
const thing =
  (kind: 'volume' | 'network', name: string, wanted: boolean): Condition =>
  async (look) => {
    const found = await look.has(kind, name)
    const [en, de] = kind === 'volume' ? ['volume', 'Volume'] : ['network', 'Netz']
    return {
      holds: found === wanted,
      said: {
        en: `there is ${found ? 'a' : 'no'} ${en} ${shorten(name)}`,
        de: `es gibt ${found ? 'ein' : 'kein'} ${de} ${shorten(name)}`,
      },
    }
  }
export const hasVolume = (name: string): Condition => thing('volume', name, true)
export const noVolume = (name: string): Condition => thing('volume', name, false)
export const noNetwork = (name: string): Condition => thing('network', name, false)

/** Nothing but these paths differ from the image in a container. */
export const changed = (name: string, ...paths: readonly string[]): Condition =>
  of(name, async (_, look) => {
    const found = await look.changes(name)
    const shown = found.join(', ')
    return {
      holds: paths.every((path) => found.includes(path)) && (paths.length > 0 || found.length === 0),
      said: shown
        ? { en: `${name} has changed: ${shown}`, de: `${name} hat geändert: ${shown}` }
        : { en: `${name} has changed nothing`, de: `${name} hat nichts geändert` },
    }
  })

/** A container belongs to a service of a Compose project. */
export const isService = (name: string, project: string, service: string): Condition =>
  of(name, ({ labels }) => {
    const [itsProject, itsService] = [labels['com.docker.compose.project'], labels['com.docker.compose.service']]
    return {
      holds: itsProject === project && itsService === service,
      said: itsProject
        ? {
            en: `${name} is the service ${itsService} of the project ${itsProject}`,
            de: `${name} ist der Dienst ${itsService} des Projekts ${itsProject}`,
          }
        : { en: `no Compose file has made ${name}`, de: `keine Compose-Datei hat ${name} gemacht` },
    }
  })

/** A container was started with this command. */
export const runsCommand = (name: string, command: string): Condition =>
  of(name, (found) => ({
    holds: found.command.join(' ') === command,
    said: { en: `${name} ran: ${found.command.join(' ')}`, de: `${name} führte aus: ${found.command.join(' ')}` },
  }))

/** A container began only after another one had ended. */
export const beganAfter = (name: string, earlier: string): Condition =>
  of(name, async ({ startedAt }, look) => {
    const ended = (await look.container(earlier))?.finishedAt ?? Number.POSITIVE_INFINITY
    const holds = ended > 0 && startedAt >= ended
    return {
      holds,
      said: holds
        ? { en: `${name} began after ${earlier} had ended`, de: `${name} begann, als ${earlier} geendet hatte` }
        : { en: `${name} began before ${earlier} had ended`, de: `${name} begann, bevor ${earlier} geendet hatte` },
    }
  })

const shorten = (name: string) => (/^[0-9a-f]{64}$/.test(name) ? name.slice(0, 12) : name)
