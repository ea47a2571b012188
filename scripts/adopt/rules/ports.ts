import type { Draft, ServiceRule } from '../draft.ts'
import { note, ok, pathOf } from '../finding.ts'

/** The ports of this host that the Compose file gives to the application, or its web server, and to the others. */
export function hostPorts({ project, front, web }: Draft): { own: number | undefined; others: number[] } {
  const published = (service: string | undefined) =>
    (project.services[service ?? '']?.ports ?? []).flatMap((port) => Number(port.published ?? 0) || [])
  const others = Object.keys(project.services).filter((name) => name !== web && name !== front?.service)
  return { own: published(front?.service ?? web)[0], others: others.flatMap(published) }
}

/** The ports that a service beside the application publishes; those of databases stay closed. */
export const portsRule: ServiceRule = ({ server, front, service, spec, isWeb, where }) => {
  const { ports = [] } = spec
  const at = { where: where(service, 'ports'), claims: [pathOf('services', service, 'ports')] }
  const shown = ports.map(({ published, target }) => published ?? target).join(', ')
  // The proxy has the port of what it leads to; what else such a service publishes is not.
  const isRouted = front?.web === service || front?.routes.some((route) => route.service === service)
  if (ports.length === 0 || isRouted || isWeb) return undefined
  if (server)
    return {
      findings: [
        note(
          service,
          `its port ${shown} is not published`,
          `the other services reach it; from this host: make shell, or ports: ["127.0.0.1:PORT:PORT"] on ${service}`,
          at,
        ),
      ],
    }
  const lines = ports.map(
    ({ published, target, protocol = 'tcp', host_ip: ip }) =>
      `${isOwn(ip) ? ip : `\${BIND:?}`}:${published ?? target}:${target}${protocol === 'udp' ? '/udp' : ''}`,
  )
  return {
    lines: { ports: lines },
    findings: [
      ok(service, `its port ${shown} stays published beside the proxy: it is closed for a moment in a deploy`, {
        where: at.where,
      }),
    ],
  }
}
// An address that the author chose, such as 127.0.0.1, opens the port to nobody else.
const isOwn = (ip: string | undefined) => ip !== undefined && /^\d/.test(ip) && ip !== '0.0.0.0'
