import { statSync } from 'node:fs'
import { join } from 'node:path'
import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { findImage, listImages } from '../../docker/io/engine.ts'
import type { ImageLock } from '../../image/image-lock.ts'
import { gateTag, proxyTag, readLock, readUpstream, standInTag } from '../../image/io/images.ts'
import { listStandIns } from '../../image/io/stand-in.ts'
import { toolkitImageTag } from '../../image/io/toolkit-image.ts'
import { hasStandIns, ON_DEMAND } from '../../image/stand-in.ts'
import { readFormat } from '../../state/io/format.ts'
import { ledgerFolder, listLedger, listLedgers, readOrWarn } from '../../state/io/ledger.ts'
import { currentRun } from '../../state/io/lock.ts'
import { isReleaseFile } from '../model.ts'
import { isOfRun } from '../prune-images.ts'
import type { EvidenceFile, Observed } from '../prune-plan.ts'
import { readReleases } from './history.ts'

/** What is on this engine, and which images somebody may come back to. */
export async function observe({ PROJECT }: Config): Promise<Observed> {
  const files = listFiles(PROJECT, 'releases').map((file) => readRelease(PROJECT, file))
  const others = listLedgers().filter((project) => project !== PROJECT)
  const theirs = others.flatMap((project) => listFiles(project, 'releases').map((file) => readRelease(project, file)))
  const elsewhere = [
    ...theirs.flatMap(({ references }) => references),
    ...others.flatMap((project) => readFormat(project)?.toolkit ?? []),
  ]
  const lock = readLock()
  const onDemand = hasStandIns(lock) ? (await listStandIns()).map(({ reference }) => reference) : []
  const current = [...currentReferences(), ...onDemand, await toolkitImageTag()]
  const ids = await readIds([...files.flatMap(({ references }) => references), ...elsewhere, ...current])
  const idsOf = (references: readonly string[]) => references.flatMap((reference) => ids.get(reference) ?? [])
  const blind = [...files, ...theirs].some(({ damaged }) => damaged)
  if (blind)
    log.warn('a release of this engine cannot be read: nobody knows what it needs, so no image and no release goes')
  return {
    entries: readReleases(PROJECT),
    images: (await listImages()).filter(isOfRun(currentRun())),
    releases: files.map(({ id, bytes, references }) => ({ id, bytes, images: idsOf(references) })),
    evidence: listEvidence(PROJECT),
    current: idsOf(current),
    elsewhere: idsOf(elsewhere),
    blind,
    retired: retiredNames(lock).map((name) => `dartagnan/${name}`),
  }
}

type LedgerFile = { readonly id: string; readonly bytes: number }

function listFiles(project: string, folder: string): LedgerFile[] {
  const bytesOf = (name: string) => statSync(join(ledgerFolder(project), folder, name)).size
  return listLedger(project, folder).map((name) => ({ id: name.slice(0, -'.json'.length), bytes: bytesOf(name) }))
}

// With the JUnit files that are kept beside it.
function listEvidence(project: string): EvidenceFile[] {
  const files = ['evidence', 'reports'].flatMap((folder) => listFiles(project, folder))
  const ids = [...new Set(files.map(({ id }) => id))]
  const bytesOf = (id: string) => files.reduce((sum, file) => (file.id === id ? sum + file.bytes : sum), 0)
  return ids.map((id) => ({ image: `sha256:${id}`, bytes: bytesOf(id) }))
}

function readRelease(project: string, { id, bytes }: LedgerFile) {
  const file = readOrWarn(isReleaseFile, project, 'releases', `${id}.json`)
  const references = Object.values(file?.services ?? {}).flatMap(({ image }) => image ?? [])
  return { id, bytes, references, damaged: file === undefined }
}

// The images that `setup` of this checkout uses, or would build; the toolkit's own has a container: this one.
function currentReferences(): string[] {
  const lock = readLock()
  const standIns = Object.keys(readUpstream()).filter((name) => lock[name]?.source !== 'registry')
  const proxy = lock['haproxy'] && proxyTag(lock['haproxy'])
  const proxies = proxy ? [proxy, gateTag(proxy)] : []
  return [...Object.values(lock).map(({ reference }) => reference), ...standIns.map(standInTag), ...proxies]
}

// What setup resolves is told one by one; the rest is of no use where a registry gives all of that.
function retiredNames(lock: ImageLock): string[] {
  const pulled = Object.entries(lock).flatMap(([name, { source }]) => (source === 'registry' ? [name] : []))
  return pulled.length > 0 && !hasStandIns(lock) ? [...pulled, ...Object.keys(ON_DEMAND)] : pulled
}

// The engine knows best what a reference means: a tag, an id, a digest, or a name alone.
async function readIds(references: readonly string[]): Promise<Map<string, string>> {
  const asked = [...new Set(references)].map(async (name) => [name, (await findImage(name))?.Id] as const)
  return new Map((await Promise.all(asked)).flatMap(([name, id]) => (id === undefined ? [] : [[name, id] as const])))
}
