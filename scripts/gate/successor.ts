import { digest } from '../cli/digest.ts'
import type { ComposeModel } from '../docker/compose-model.ts'
import { DEFINITION_LABEL } from '../docker/labels.ts'
import { type Kind, place } from '../proxy/successor.ts'
import { FOLDER } from './render.ts'

// The gate is replaced as a project's proxy is (proxy/successor.ts). It has two more ports, and the companion changes it, too.

/** The gate, as something that a successor takes the place of. */
export const kindOf = (gate: string): Kind => ({
  service: 'gate',
  ports: [8080, 8443, 8404],
  start: 'make gate',
  anew: `PROJECT=${gate} make down, then: make gate`,
})

// What a door accepts on the second and third port comes this way.
const relayOf = (port: number | string) => `unix@${FOLDER}/relay-${port}.sock`

/** Where the companion reaches a gate. */
export const runtimeOf = (successor?: string): string =>
  `${FOLDER}/runtime${successor === undefined ? '' : `-${successor}`}.sock`

/** The gate's configuration as the first one, or a successor, needs it. */
export function placeGate(config: string, successor?: string): string {
  const placed = place(config, successor)
  if (successor === undefined) return placed
  return placed
    .replace(runtimeOf(), runtimeOf(successor))
    .replaceAll(
      /^ {2}bind :(8443|8404)(.*)\n/gm,
      (bind, port: string, how: string) => `${bind}  bind ${relayOf(port)} accept-proxy mode 600${how}\n`,
    )
}

/** The configuration of a door before a gate, from that of a door before a project's proxy. */
export function gateDoor(template: string): string {
  const others = kindOf('').ports.slice(1)
  const uses = others.map((port) => `  use_backend relay-${port} if { dst_port ${port} }\n`)
  const backends = others.map((port) => `\nbackend relay-${port}\n  server next ${relayOf(port)} send-proxy-v2\n`)
  return template
    .replace('  bind :8080\n', (bind) => `${bind}${others.map((port) => `  bind :${port}\n`).join('')}`)
    .replace('  # @GATE\n', uses.join(''))
    .concat(backends.join(''))
}

/** The gate's Compose model with a label that says whether a running gate is of this definition. */
export function labelGate(model: ComposeModel): ComposeModel {
  const { gate = {}, ...others } = model.services
  const labels = { ...gate.labels, [DEFINITION_LABEL]: digest([gate, model.networks]) }
  return { ...model, services: { ...others, gate: { ...gate, labels } } }
}
