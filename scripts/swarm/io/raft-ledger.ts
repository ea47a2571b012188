import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { tryJson } from '../../cli/parse.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import { ledgerFolder, readLedger, shared, writeLedger } from '../../state/io/ledger.ts'
import { asked, made } from './nodes.ts'

// The content of the ledger of a project, in configs of the swarm: see raft.ts.
const text = v.string()
const HEAD = v.looseObject({
  ID: text,
  Version: v.object({ Index: v.number() }),
  Spec: v.looseObject({ Name: text, Labels: v.record(text, text), Data: v.optional(text) }),
})
/** The config that says which generation of the ledger is the last, and who has the lock. */
export type Head = v.InferOutput<typeof HEAD>
/** What its labels say. */
export const LABEL = {
  holder: 'org.dartagnan.holder',
  generation: 'org.dartagnan.generation',
  parts: 'org.dartagnan.parts',
} as const
/** The names of these configs. */
export const nameOf = (project: string, ...more: string[]) => [project, 'ledger', ...more].join('_')
// What a rollback on another manager needs. Evidence and reports stay where the tests ran.
const KEPT = [
  'releases.jsonl',
  'releases/*.json',
  'journal.json',
  'secret-key.json',
  'verified/*.json',
  'tags.jsonl',
  'images.json',
  // Which volumes hold the data, and which snapshots were read back.
  'volumes.json',
  'current-volumes.json',
  'filling.json',
  'snapshots.jsonl',
  'format.json',
]
// The engine takes 500 KiB.
const MOST = 400_000
const listConfigs = async (filters: object): Promise<Head[]> =>
  v.parse(v.array(HEAD), await asked(() => engine.listConfigs({ filters: JSON.stringify(filters) } as object)))
// The engine's filter takes the beginning of a name, too.
const findConfig = async (name: string): Promise<Head | undefined> =>
  (await listConfigs({ name: [name] })).find(({ Spec }) => Spec.Name === name)

/** The head of a project's ledger; undefined before its first deploy. */
export const findHead = (project: string): Promise<Head | undefined> => findConfig(nameOf(project))

/** Makes a config of the ledger. */
export const create = (project: string, name: string, data: Buffer) =>
  made(() =>
    engine.createConfig({
      ...{ Name: name, Data: data.toString('base64') },
      Labels: { [OWNER]: 'ledger', [PROJECT_LABEL]: project },
    }),
  )

const generationOf = (head: Head | undefined) => Number(head?.Spec.Labels[LABEL.generation] ?? 0)

const filesOf = (project: string) => {
  const cwd = ledgerFolder(project)
  const names = KEPT.flatMap((pattern) => globSync(pattern, { cwd })).sort()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(cwd, name), 'utf8')]))
}
/** Writes the ledger of this engine as the next generation, which counts once the head names it. */
export async function writeContent(project: string) {
  const packed = gzipSync(JSON.stringify(filesOf(project)))
  const generation = generationOf(await findHead(project)) + 1
  const parts = Math.ceil(packed.length / MOST)
  // A killed run may have left some of that number.
  await removeOthers(project, generation - 1)
  for (let part = 0; part < parts; part++)
    await create(
      project,
      nameOf(project, String(generation), String(part)),
      packed.subarray(part * MOST, (part + 1) * MOST),
    )
  return { generation, parts }
}

/** Removes the other generations. */
export async function removeOthers(project: string, generation: number): Promise<void> {
  const [head, own] = [nameOf(project), nameOf(project, String(generation), '')]
  for (const { ID, Spec } of await listConfigs({ label: [`${OWNER}=ledger`, `${PROJECT_LABEL}=${project}`] }))
    if (Spec.Name !== head && !Spec.Name.startsWith(own))
      await engine
        .getConfig(ID)
        .remove()
        .catch(() => {})
}

const SYNCED = v.looseObject({ generation: v.number() })
const FILES = v.record(v.pipe(text, v.regex(/^(?!.*\.\.)[\w.-]+(?:\/[\w.-]+)?$/)), text)

/** Brings the ledger of this engine up to date, where another manager has gone on since. */
export async function pullLedger(project: string): Promise<void> {
  const head = await findHead(project)
  const own = readLedger((value): value is { generation: number } => v.is(SYNCED, value), project, 'swarm.json')
  const generation = generationOf(head)
  if (head === undefined || generation <= (own?.generation ?? 0)) return
  const parts: Buffer[] = []
  for (let part = 0; part < Number(head.Spec.Labels[LABEL.parts] ?? 0); part++) {
    const found = await findConfig(nameOf(project, String(generation), String(part)))
    parts.push(Buffer.from(found?.Spec.Data ?? '', 'base64'))
  }
  const files = v.parse(FILES, tryJson(gunzipSync(Buffer.concat(parts)).toString()))
  const folder = ledgerFolder(project)
  for (const name of Object.keys(filesOf(project))) if (!(name in files)) rmSync(join(folder, name))
  shared(() => {
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name)
      if (existsSync(path) && readFileSync(path, 'utf8') === content) continue
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, content, { flush: true })
    }
  })
  noteGeneration(project, generation)
}

/** Notes that the ledger of this engine is of that generation. */
export const noteGeneration = (project: string, generation: number): void =>
  writeLedger(project, ['swarm.json'], { generation })
