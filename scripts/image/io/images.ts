import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { Failure } from '../../cli/failure.ts'
import { exec, tryExec } from '../../cli/io/exec.ts'
import { ofToolkit, written } from '../../cli/io/places.ts'
import { readPlainFile } from '../../cli/io/plain-file.ts'
import { parseJsonLines } from '../../cli/parse.ts'
import { type ImageLock, type LockedImage, parseLock, parseUpstream } from '../image-lock.ts'

export const LOCK_FILE = written('compose/images/lock.json')

/** The folder with the Dockerfile of one of the toolkit's own images. */
export const imageFolder = (name: string): string => ofToolkit(join('compose/images', name))

/** The upstream images that this checkout builds from, by name. */
export const readUpstream = (): Record<string, string> =>
  parseUpstream(readFileSync(imageFolder('upstream.Dockerfile'), 'utf8'))

/** The image lock of this checkout; empty before the first setup. */
export const readLock = (): ImageLock => parseLock(readPlainFile(LOCK_FILE) ?? '{}', LOCK_FILE)

/** The locked image of a name. Throws a Failure where setup has not resolved it. */
export function lockedImage(name: string): LockedImage {
  const found = readLock()[name]
  if (found === undefined)
    throw new Failure(`the image ${JSON.stringify(name)} is not in ${LOCK_FILE}`, { next: 'make setup' })
  return found
}

/** Pulls an image by tag or digest and gives the lock's entry for it, or the engine's message where that fails. */
export async function pullLocked(upstream: string, pull: string): Promise<LockedImage | string> {
  const pulled = await tryExec(['docker', 'pull', '--quiet', pull])
  if (pulled.exitCode !== 0) return pulled.stderr.trim()
  const format = '{{index .RepoDigests 0}} {{.Id}}'
  const { stdout } = await exec(['docker', 'image', 'inspect', '--format', format, pull], { quiet: true })
  const [first = '', id = ''] = stdout.trim().split(' ')
  // One image can have several digests: the lock gets the one that was asked for.
  return { upstream, source: 'registry', reference: pull.includes('@') ? pull : first, id }
}

const names = v.nullish(v.array(v.string()))
const INSPECTED = v.looseObject({ Id: v.string(), RepoTags: names, RepoDigests: names })
/** The engine's ids of the references that it has. */
export async function readImageIds(references: readonly string[]): Promise<Record<string, string>> {
  if (references.length === 0) return {}
  const { stdout } = await tryExec(['docker', 'image', 'inspect', '--format', '{{json .}}', ...references], {
    quiet: true,
  })
  const images = parseJsonLines(INSPECTED, stdout, { what: 'docker image inspect', next: 'make doctor' })
  return Object.fromEntries(
    images.flatMap(({ Id, RepoTags, RepoDigests }) =>
      [...(RepoTags ?? []), ...(RepoDigests ?? [])].map((name) => [name, Id]),
    ),
  )
}

/** The tag of a stand-in: it changes with the files that make the stand-in. */
export const standInTag = (name: string): string => `dartagnan/${name}:${digestOf(name, '')}`

/** The tag of the proxy's image: it changes with the image's files and with its HAProxy. */
export const proxyTag = (haproxy: LockedImage): string => `dartagnan/proxy:${digestOf('proxy', haproxy.id)}`

/** The tag of the image of the gate's companion, which is made from the proxy's. */
export const gateTag = (proxy: string): string => `dartagnan/gate:${digestOf('gate', proxy)}`

function digestOf(name: string, more: string): string {
  const folder = imageFolder(name)
  const hash = createHash('sha256').update(more)
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)))
  return hash.digest('hex').slice(0, 12)
}
