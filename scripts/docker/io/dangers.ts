import { log } from '../../cli/io/log.ts'
import type { ComposeModel } from '../compose-model.ts'
import { type Danger, findDangers } from '../dangers.ts'
import { findImage } from './engine.ts'

/** Names what is dangerous in a resolved Compose file. The images say which of its services start as root. */
export async function readDangers(compose: ComposeModel): Promise<Danger[]> {
  const names = [...new Set(Object.values(compose.services).flatMap(({ image }) => image ?? []))]
  const found = await Promise.all(names.map(async (name) => [name, (await findImage(name))?.Config.User] as const))
  const users = new Map(found)
  return findDangers(compose, (image) => users.get(image))
}

/** As readDangers, with a warning for each. */
export async function warnOfDangers(compose: ComposeModel): Promise<Danger[]> {
  const dangers = await readDangers(compose)
  for (const { service, what } of dangers) log.warn(`the service ${service} ${what}`)
  return dangers
}
