import type { Situation } from './situation.ts'
import type { Step, Stray } from './step.ts'

/** Stops those of these services that have data outside of volumes, and moves the data. */
export function carryFirst(services: readonly string[], strays: readonly Stray[]): Step[] {
  const mine = strays.filter(({ service }) => services.includes(service))
  if (mine.length === 0) return []
  const targets = mine.map(({ id, name }) => ({ id, name }))
  return [{ do: 'halt', targets, because: 'nobody may write while its data move' }, carry(mine)]
}

/** Moves data that services behind the proxy have outside of volumes, once their containers have stopped. */
export function carryHalted({ exclusive }: Situation, strays: readonly Stray[]): Step[] {
  const mine = strays.filter(({ service }) => exclusive.some(({ route }) => route.service === service))
  return mine.length > 0 ? [carry(mine)] : []
}

const carry = (strays: readonly Stray[]): Step => ({
  ...({ do: 'carry', strays } as const),
  because: 'the next containers have them then',
})
