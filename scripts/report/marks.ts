import { APP, PROXY } from '../docker/compose-model.ts'
import type { Release } from '../release/model.ts'

/** What a service of a release may not do, by the items of the checklist of security. */
export type Marks = { readonly service: string; readonly marks: readonly Mark[] }
export type Mark = { readonly item: string; readonly holds: boolean }

type Service = Readonly<Record<string, unknown>>
const ITEMS: readonly (readonly [string, (service: Service) => boolean])[] = [
  ['read-only root', (service) => service['read_only'] === true],
  ['no capabilities', (service) => has(service['cap_drop'], 'ALL')],
  ['no new privileges', (service) => has(service['security_opt'], 'no-new-privileges:true')],
  ['memory limit', (service) => service['mem_limit'] !== undefined || service['deploy'] !== undefined],
  ['process limit', (service) => service['pids_limit'] !== undefined],
  ['logs rotate', (service) => service['logging'] !== undefined],
]

/** The marks of each service, the application's first and the proxy's last. */
export const markServices = ({ compose }: Release): Marks[] =>
  Object.entries(compose.services)
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([service, definition]) => ({
      service,
      marks: ITEMS.map(([item, holds]) => ({ item, holds: holds(definition as Service) })),
    }))

const rank = (name: string) => (name === APP ? 0 : name === PROXY ? 2 : 1)
const has = (list: unknown, word: string) => Array.isArray(list) && list.includes(word)
