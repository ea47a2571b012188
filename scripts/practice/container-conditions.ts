import type { Look, SeenContainer } from '../tour/look.ts'
import type { Said } from '../tour/said.ts'
import type { Condition, Finding } from './exercise.ts'

// Each gives a condition for one container, which says what the engine looks like whether it holds or not.

/** A condition on a container that must be there. */
export const of =
  (name: string, judge: (found: SeenContainer, look: Look) => Finding | Promise<Finding>): Condition =>
  async (look) => {
    const found = await look.container(name)
    if (found) return await judge(found, look)
    return { holds: false, said: { en: `there is no container ${name}`, de: `es gibt keinen Container ${name}` } }
  }

/** It runs. */
export const runs = (name: string): Condition =>
  of(name, (found, look) => ({ holds: found.status === 'running', said: stateOf(name, found, look.now()) }))

/** It has ended with this status. */
export const ended = (name: string, status = 0): Condition =>
  of(name, (found, look) => ({
    holds: found.status === 'exited' && found.exitCode === status,
    said: stateOf(name, found, look.now(), true),
  }))

/** It is not there. */
export const gone =
  (name: string): Condition =>
  async (look) => {
    const found = await look.container(name)
    if (found) return { holds: false, said: stateOf(name, found, look.now()) }
    return { holds: true, said: { en: `there is no container ${name}`, de: `es gibt keinen Container ${name}` } }
  }

/** It is the container of this id. */
export const isStill = (name: string, id: string): Condition =>
  of(name, (found) =>
    found.id === id
      ? { holds: true, said: { en: `${name} is the same container`, de: `${name} ist derselbe Container` } }
      : {
          holds: false,
          said: {
            en: `${name} is a new container: the first one is gone, with its layer`,
            de: `${name} ist ein neuer Container: der erste ist weg, mit seiner Schicht`,
          },
        },
  )

/** It is another container than that of this id. */
export const isNew = (name: string, id: string): Condition =>
  of(name, (found) => ({
    holds: found.id !== id,
    said:
      found.id === id
        ? { en: `${name} is still the old container`, de: `${name} ist noch der alte Container` }
        : { en: `${name} is a new container`, de: `${name} ist ein neuer Container` },
  }))

/** It was made from this image. */
export const isFrom = (name: string, image: string): Condition =>
  of(name, async (found, look) => ({
    holds: found.image === (await look.image(image))?.id,
    said: {
      en: `${name} is made from the image ${found.imageName}`,
      de: `${name} ist aus dem Image ${found.imageName} gemacht`,
    },
  }))

/** It has this volume, or a folder of this host whose path ends so, at a path. */
export const mounts = (name: string, path: string, from: string): Condition =>
  of(name, (found) => {
    const mount = found.mounts.find((one) => one.path === path)
    if (!mount) {
      const others = found.mounts.map((one) => `${one.from} → ${one.path}`).join(', ')
      return {
        holds: false,
        said: {
          en: `${name} has nothing mounted at ${path}${others && `, but ${others}`}`,
          de: `${name} hat bei ${path} nichts eingehängt${others && `, sondern ${others}`}`,
        },
      }
    }
    const isVolume = mount.type === 'volume'
    return {
      holds: from.startsWith('/') ? !isVolume && mount.from.endsWith(from) : isVolume && mount.from === from,
      said: {
        en: `${name} has ${isVolume ? 'the volume' : 'the folder'} ${mount.from} at ${path}`,
        de: `${name} hat bei ${path} ${isVolume ? 'das Volume' : 'den Ordner'} ${mount.from}`,
      },
    }
  })

/** A file in it has a text; with undefined, there is no such file. */
export const holdsFile = (name: string, path: string, text: string | undefined): Condition =>
  of(name, async (found, look) => {
    if (found.status !== 'running') return { holds: false, said: stateOf(name, found, look.now()) }
    const content = await look.ask(name, 'cat', path)
    if (content === undefined)
      return {
        holds: text === undefined,
        said: { en: `${name} has no file ${path}`, de: `${name} hat keine Datei ${path}` },
      }
    const shown = JSON.stringify(content.trim().slice(0, 80))
    return {
      holds: text !== undefined && content.includes(text),
      said: { en: `${path} in ${name} says ${shown}`, de: `in ${path} von ${name} steht ${shown}` },
    }
  })

/** It has printed a text. */
export const printed = (name: string, text: string): Condition =>
  of(name, async (_, look) => {
    const output = (await look.output(name)).trim()
    const shown = JSON.stringify(output.slice(-80))
    return {
      holds: output.includes(text),
      said: output
        ? { en: `${name} has printed ${shown}`, de: `${name} hat ${shown} ausgegeben` }
        : { en: `${name} has printed nothing`, de: `${name} hat nichts ausgegeben` },
    }
  })

/** It publishes a port of its own at a port of this host. */
export const publishes = (name: string, inside: number, outside: number): Condition =>
  of(name, ({ ports }) => {
    const shown = [...new Set(ports.map((port) => `${port.outside} → ${port.inside}`))].join(', ')
    return {
      holds: ports.some((port) => port.inside === inside && port.outside === outside),
      said: shown
        ? {
            en: `${name} publishes (port of this host → its own port): ${shown}`,
            de: `${name} veröffentlicht (Port dieses Rechners → eigener Port): ${shown}`,
          }
        : { en: `${name} publishes no port`, de: `${name} veröffentlicht keinen Port` },
    }
  })

/** A variable of its environment has a value. */
export const hasVariable = (name: string, variable: string, value: string): Condition =>
  of(name, ({ environment }) => {
    // Where a variable stands twice, its last value counts.
    const set = environment.findLast((line) => line.startsWith(`${variable}=`))
    return {
      holds: set === `${variable}=${value}`,
      said: set
        ? { en: `in ${name}, ${set}`, de: `in ${name} gilt ${set}` }
        : { en: `in ${name}, ${variable} is not set`, de: `in ${name} ist ${variable} nicht gesetzt` },
    }
  })

/** It is found by a name from another container. */
export const isFoundAs = (name: string, from: string): Condition =>
  of(from, async (found, look) => {
    if (found.status !== 'running') return { holds: false, said: stateOf(from, found, look.now()) }
    const networks = Object.keys(found.networks).join(', ')
    const holds = (await look.ask(from, 'getent', 'hosts', name)) !== undefined
    return {
      holds,
      said: {
        en: `${from} (on ${networks || 'no network'}) ${holds ? 'finds' : 'does not find'} the name ${name}`,
        de: `${from} (im Netz ${networks || '–'}) findet den Namen ${name}${holds ? '' : ' nicht'}`,
      },
    }
  })

/** What a container does at the moment, and since when; `wanted` says that it is to have ended. */
export function stateOf(name: string, found: SeenContainer, now: number, wanted = false): Said {
  const { status, exitCode } = found
  if (status === 'running') return { en: `the container ${name} runs`, de: `der Container ${name} läuft` }
  if (status === 'created')
    return { en: `the container ${name} was never started`, de: `der Container ${name} wurde nie gestartet` }
  if (status !== 'exited')
    return { en: `the container ${name} is ${status}`, de: `der Container ${name} ist ${status}` }
  const killed = exitCode === 137 ? { en: ' (killed)', de: ' (getötet)' } : { en: '', de: '' }
  const ago = (language: string) => agoIn(language, now - found.finishedAt)
  const isNot = wanted ? { en: '', de: 'endete' } : { en: ' is not running: it', de: 'läuft nicht: er endete' }
  return {
    en: `the container ${name}${isNot.en} ended with status ${exitCode}${killed.en}, ${ago('en')}`,
    de: `der Container ${name} ${isNot.de} ${ago('de')} mit Status ${exitCode}${killed.de}`,
  }
}

function agoIn(language: string, milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000))
  const format = new Intl.RelativeTimeFormat(language)
  return seconds < 120 ? format.format(-seconds, 'second') : format.format(-Math.round(seconds / 60), 'minute')
}
