import { pathFrom } from '../build.ts'
import { about, type Draft, type Old, type ServiceRule } from '../draft.ts'
import { type Finding, some } from '../finding.ts'
import { findAll, keepFiles } from '../guess.ts'
import { contextOf } from '../in-image.ts'
import { OWN } from '../lacked.ts'
import { isForClients } from '../listening.ts'
import { ASIDE } from '../source-tree.ts'

/** The ports of this host that the Compose file gives to the application, or its web server, and to the others. */
export function hostPorts({ project, front, web }: Draft): { own: number | undefined; others: number[] } {
  // One that leads to HTTPS is no port for HTTP.
  const published = (service: string | undefined) =>
    (project.services[service ?? '']?.ports ?? [])
      .toSorted((one, other) => Number(/443$/.test(`${one.target}`)) - Number(/443$/.test(`${other.target}`)))
      .flatMap((port) => Number(port.published ?? 0) || [])
  const others = Object.keys(project.services).filter((name) => name !== web && name !== front?.service)
  return { own: published(front?.service ?? web)[0], others: others.flatMap(published) }
}

/** The ports that a service beside the application publishes, or has open for the others; those of databases, and of what the proxy leads to, stay closed. */
export const portsRule: ServiceRule = (old) => {
  const { server, front, behind, called, service, spec, stage, isWeb } = old
  const isOpen = !server || REACHED.test((spec.build ? stage?.image : spec.image) ?? '')
  const ports = (spec.ports ?? []).filter(({ target }) => isOpen || isForClients(target) || isPublic(old, target))
  const isRouted = front?.web === service || front?.routes.some((route) => route.service === service)
  if (isRouted || (isWeb && front)) return { findings: calledFindings(old) }
  if (isWeb || (!isOpen && ports.length === 0)) return undefined
  // A web server that starts before these ports are open remembers for a while that they were not: a deploy waits for them.
  // Where the application calls it, these tell a deploy that requests wait for it. What a web server says of it is no guess.
  const portsBy = (callers: typeof behind) => [...callers.values()].flatMap((all) => all.get(service) ?? [])
  const known = portsBy(behind)
  const expose = [...new Set(known.length > 0 ? known : portsBy(called))].map(String)
  const lines = ports.map(
    ({ published, target, protocol = 'tcp', host_ip: ip }) =>
      // Without a port of the host, the engine takes a free one.
      `${isOwn(ip) ? ip : `\${BIND:?}`}:${published ?? ''}:${target}${protocol === 'udp' ? '/udp' : ''}`,
  )
  const open = ports.flatMap(({ published, host_ip: ip }) => (published && !isOwn(ip) ? String(published) : []))
  const found = `port ${some(open)} is on BIND alone (by default 127.0.0.1), no longer on all addresses of this host`
  return {
    findings: open.length > 0 ? [about(old, 'ports').ok(found)] : [],
    lines: { ...(lines.length > 0 ? { ports: lines } : {}), ...(expose.length > 0 ? { expose } : {}) },
  }
}
// Servers that browsers open as well: a console, or files by their addresses.
const REACHED = /(^|\/)(minio|rabbitmq)([:@]|$)/
// Pages are built with such variables: a browser asks at a port that one of these names.
const isPublic = ({ project, service }: Old, target: number): boolean =>
  [project.raw?.[service]?.['ports'] ?? []]
    .flat()
    .map((one) => JSON.stringify(one))
    .some((one) => PUBLIC.test(one) && new RegExp(`\\b${target}\\b`).test(one))
const PUBLIC = /\$\{?(REACT_APP|VITE|VUE_APP|(NEXT|NUXT|EXPO)_PUBLIC)_/
// The pages of another service may call one at the port that it had beside that of its web server.
function calledFindings(old: Old): Finding[] {
  const { tree, spec } = old
  const own = pathFrom(tree, contextOf(old))
  const isPage = (file: string) => PAGE.test(file) && !OWN.test(file) && !ASIDE.test(file) && own(file) === undefined
  const pages = keepFiles(tree.sources, isPage)
  return (spec.ports ?? []).flatMap(({ published = '' }) => {
    const asked = new RegExp(`^(?!.*\\b(?:console|print)).*${HOST.source}:(${published})\\b`)
    const where = published && findAll(pages, [asked])[0]?.where
    const found = `${where} calls port ${published} of the host, and nothing answers there: the proxy has this service at PORT`
    const mend =
      'let pages call a path of their own address, such as /api, or that of PORT; or add ports: to it in the proposed file (requests then wait while a deploy replaces it)'
    return where ? [about(old, 'ports').note(found, mend, { confidence: 'likely' })] : []
  })
}
// The host by its name, or by that of the page: `location.hostname + ':8080'`.
const HOST = /(?:\/\/(?:localhost|127\.0\.0\.1)|\bhostname(?:\}|\s*\+\s*["'`]))/
const PAGE = /\.(html?|[jt]sx?|vue|svelte)$/

// An address that the author chose, such as 127.0.0.1, opens the port to nobody else.
const isOwn = (ip: string | undefined) => ip !== undefined && /^\d/.test(ip) && ip !== '0.0.0.0'
