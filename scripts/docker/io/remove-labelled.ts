import { tryExec } from '../../cli/io/exec.ts'
import { engine } from './engine.ts'

type Filter = { readonly filters: { readonly label: string[] } }
const KINDS = [
  {
    list: async (having: Filter) => (await engine.listContainers({ all: true, ...having })).map(({ Id }) => Id),
    remove: ['rm', '--force', '--volumes'],
  },
  {
    list: async (having: Filter) => (await engine.listNetworks(having)).map(({ Id }) => Id),
    remove: ['network', 'rm', '--force'],
  },
  {
    list: async (having: Filter) => (await engine.listVolumes(having)).Volumes.map(({ Name }) => Name),
    remove: ['volume', 'rm', '--force'],
  },
  {
    list: async (having: Filter) => (await engine.listImages({ all: true, ...having })).map(({ Id }) => Id),
    remove: ['image', 'rm', '--force'],
  },
]

/** Removes every container, network, volume and image that has one of these labels, each given as `name` or `name=value`. */
export async function removeLabelled(...labels: readonly string[]): Promise<void> {
  for (const { list, remove } of KINDS) {
    const found = await Promise.all(labels.map((label) => list({ filters: { label: [label] } })))
    const names = new Set(found.flat())
    if (names.size > 0) await tryExec(['docker', ...remove, ...names], { quiet: true })
  }
}
