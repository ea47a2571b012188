import * as v from 'valibot'
import { log } from '../../cli/io/log.ts'
import { manager as engine } from '../../docker/io/engine.ts'
import { OWNER, PROJECT_LABEL } from '../../docker/labels.ts'
import type { Immutable } from '../service-spec.ts'
import { asked, made, ofProject } from './nodes.ts'

const NAMED = v.looseObject({ ID: v.string(), Spec: v.looseObject({ Name: v.string() }) })
type Kind = 'config' | 'secret'
const listOf = async (kind: Kind, filters: string) =>
  v.parse(
    v.array(NAMED),
    await asked<unknown>(() =>
      kind === 'config' ? engine.listConfigs({ filters } as object) : engine.listSecrets({ filters } as object),
    ),
  )

/** Makes configs or secrets that are not there yet. Gives the ids of all, by name. */
export async function ensureImmutables(
  project: string,
  kind: Kind,
  wanted: readonly Immutable[],
): Promise<Record<string, string>> {
  const idsOf = async () =>
    Object.fromEntries((await listOf(kind, ofProject(project))).map(({ ID, Spec }) => [Spec.Name, ID]))
  const known = await idsOf()
  const missing = wanted.filter(({ name }) => !(name in known))
  for (const { name, data } of missing) {
    log.command(`docker ${kind} create ${name} -`)
    const options = {
      Name: name,
      Labels: { [OWNER]: kind, [PROJECT_LABEL]: project },
      Data: Buffer.from(data).toString('base64'),
    }
    await made(() => (kind === 'config' ? engine.createConfig(options) : engine.createSecret(options)))
  }
  return missing.length > 0 ? await idsOf() : known
}

/** A config or a secret that no service has. */
export type Unused = { readonly kind: Kind; readonly id: string; readonly name: string }

/** The configs and secrets of a project that no service has, or those with a prefix. */
export async function listUnused(project: string, prefix = ''): Promise<Unused[]> {
  const services = await asked(() => engine.listServices({ filters: ofProject(project) }))
  // Their names are digests: none is a part of other text.
  const text = JSON.stringify(services.map(({ Spec }) => Spec))
  const found: Unused[] = []
  for (const kind of ['config', 'secret'] as const)
    for (const { ID, Spec } of await listOf(
      kind,
      JSON.stringify({ label: [`${PROJECT_LABEL}=${project}`, `${OWNER}=${kind}`] }),
    ))
      if (Spec.Name.startsWith(prefix) && !text.includes(Spec.Name)) found.push({ kind, id: ID, name: Spec.Name })
  return found
}

/** Removes those. One that a service has taken meanwhile stays: Swarm refuses. */
export async function removeUnused(unused: readonly Unused[]): Promise<void> {
  for (const { kind, id } of unused)
    await asked(() => (kind === 'config' ? engine.getConfig(id) : engine.getSecret(id)).remove()).catch(() => {})
}

/** Removes the configs and secrets of a project that no service has, or those with a prefix. */
export async function pruneImmutables(project: string, prefix = ''): Promise<void> {
  await removeUnused(await listUnused(project, prefix))
}
