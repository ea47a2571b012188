import { withContainer } from '../../docker/io/image-files.ts'
import { helperLabels } from '../../docker/labels.ts'
import { copyFile, copyFolder, makeFolders } from '../../release/io/kept-files.ts'
import { FILES, type KeptPath } from '../../release/kept-paths.ts'
import type { Composed } from '../../release/model.ts'
import { withJournal } from '../choose-kept.ts'
import { makeDataVolume, readKnown, rememberVolumes, writeFilling } from './volumes.ts'

/** A stopped container, and what of it moves into volumes. */
type Stopped = { readonly id: string; readonly service: string; readonly paths: readonly KeptPath[] }

/** Makes the volumes that a release has for them. New ones go with a run that is killed before they hold the data. */
export async function makeCarried(
  { compose: { name }, volumes }: Composed,
  stopped: readonly Stopped[],
): Promise<void> {
  const known = await readKnown(name)
  const wanted = wantedOf(volumes, stopped)
  writeFilling(
    name,
    wanted.flatMap((volume) => (known[volume.name] === undefined ? [volume.name] : [])),
  )
  for (const volume of wanted) await makeDataVolume(name, volume)
}

/**
 * Copies data that stopped containers have outside of their volumes into those that a release has for them. In one that holds data
 * already only what the container has of it changes.
 */
export async function carryData({ compose, volumes }: Composed, stopped: readonly Stopped[]): Promise<void> {
  const { name: project } = compose
  const wanted = wantedOf(volumes, stopped)
  for (const { id, service, paths } of stopped) {
    const binds = paths.flatMap(({ key, path, isFile }) => {
      const name = wanted.find((volume) => volume.key === key)?.name
      return name === undefined ? [] : [`${name}:${isFile ? FILES : path}`]
    })
    const image = compose.services[service]?.image ?? ''
    const look = async ({ id: helper }: { readonly id: string }) => await copy(id, helper, paths)
    await withContainer(image, helperLabels(project), look, [...new Set(binds)])
  }
  await rememberVolumes(
    project,
    wanted.map(({ name }) => name),
  )
  writeFilling(project, [])
}

const wantedOf = (volumes: Composed['volumes'], stopped: readonly Stopped[]) =>
  volumes.filter(({ key }) => stopped.some(({ paths }) => paths.some((path) => path.key === key)))

async function copy(from: string, to: string, paths: readonly KeptPath[]): Promise<void> {
  for (const { path } of paths.filter(({ isFile }) => !isFile)) await copyFolder(from, to, path)
  const files = paths.flatMap(({ isFile, path }) => (isFile ? [path] : []))
  if (files.length > 0) await makeFolders(from, to, files)
  for (const path of files.flatMap(withJournal)) await copyFile(from, to, path)
}
