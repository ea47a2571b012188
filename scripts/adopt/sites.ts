import { configFilesOf, linesWith } from './config-files.ts'
import type { Draft } from './draft.ts'
import { type Finding, note } from './finding.ts'
import { isTls } from './listening.ts'
import { FOLDERS } from './nginx.ts'
import { mapValues, type Project, type Service } from './source-tree.ts'
import { webPorts } from './web.ts'

/**
 * A project in which each further site of the application's nginx, at a published port of its own, is a service beside it: the proxy
 * leads to one port. undefined where it has none.
 */
export function partSites({
  tree,
  project,
  web = '',
  tls,
}: Draft): { project: Project; findings: Finding[] } | undefined {
  const ports = webPorts(project.services[web] ?? {}, [tree.port ?? 80])
  if (ports.length < 2) return undefined
  const { container_name: _, hostname: __, ...spec } = project.services[web] ?? {}
  const files = configFilesOf(tree, project, spec).filter(({ path }) => FOLDERS.test(path))
  // Where HTTPS is all there is, what is plain only points to it; elsewhere, what is over HTTPS is mostly the same site once more.
  const secured = tls === undefined ? String.raw`(?!.*\bssl\b)` : String.raw`.*\bssl\b`
  const sites = ports.flatMap((port) => {
    const [where] = linesWith(files, new RegExp(String.raw`^\s*listen\s+(?:\S*:)?${port}\b${secured}`))
    return where && (tls !== undefined || !isTls(port)) ? [{ port, where, name: `${web}-${port}` }] : []
  })
  const further = sites.filter(({ port }) => port !== (tls ?? sites[0]?.port))
  if (further.length === 0) return undefined
  const withPorts = (one: Service, has: (port: number) => boolean): Service => ({
    ...one,
    ports: (one.ports ?? []).filter(({ target }) => has(target)),
  })
  // Its other names lead to the application.
  const networks = spec.networks && { networks: mapValues(spec.networks, () => null) }
  const added = further.map(
    ({ port, name }) => [name, withPorts({ ...spec, ...networks }, (one) => one === port)] as const,
  )
  const own = withPorts(project.services[web] ?? {}, (one) => further.every(({ port }) => port !== one))
  return {
    project: { ...project, services: { ...project.services, [web]: own, ...Object.fromEntries(added) } },
    findings: further.map(({ port, name, where }) =>
      note(
        'port',
        `${port} has a site of its own, to which the proxy does not lead: the service ${name}, of the same image, has that port`,
        'nothing to do where that site may be gone for a moment in a deploy; else give it a server_name at the port of the others',
        { where, confidence: 'likely' },
      ),
    ),
  }
}
