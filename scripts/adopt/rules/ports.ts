import type { Draft, ServiceRule } from '../draft.ts'
import { note, ok } from '../finding.ts'
import { webPorts } from '../web.ts'

/** The ports of this host that the Compose file gives to the application, or its web server, and to the others. */
export function hostPorts({ project, front, web }: Draft): { own: number | undefined; others: number[] } {
  const published = (service: string | undefined) =>
    (project.services[service ?? '']?.ports ?? []).flatMap((port) => Number(port.published ?? 0) || [])
  const others = Object.keys(project.services).filter((name) => name !== web && name !== front?.service)
  return { own: published(front?.service ?? web)[0], others: others.flatMap(published) }
}

/** The ports that a service beside the application publishes; those of databases stay closed. */
export const portsRule: ServiceRule = ({ tree, server, front, service, spec, stage, isWeb, where }) => {
  const { ports = [] } = spec
  const at = { where: where(service, 'ports') }
  const shown = ports.map(({ published, target }) => published ?? target).join(', ')
  const isRouted = front?.web === service || front?.routes.some((route) => route.service === service)
  if (ports.length === 0 || isRouted) return undefined
  if (isWeb) {
    const [own] = webPorts(spec, [...(stage?.ports ?? []), ...(tree.images[spec.image ?? '']?.ports ?? [])])
    const others = ports.filter(({ target }) => target !== own).map(({ target }) => target)
    if (others.length === 0) return undefined
    return {
      findings: [
        note(
          service,
          `its port ${others.join(', ')} is not published`,
          'only HTTP passes the proxy: let another service have that port',
          at,
        ),
      ],
    }
  }
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
      ok(service, `its port ${shown} stays published beside the proxy: it is closed for a moment in a deploy`, at),
    ],
  }
}
// An address that the author chose, such as 127.0.0.1, opens the port to nobody else.
const isOwn = (ip: string | undefined) => ip !== undefined && /^\d/.test(ip) && ip !== '0.0.0.0'
