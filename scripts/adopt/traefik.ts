import type { Pass, Passing } from './nginx.ts'
import type { Project } from './source-tree.ts'

/** Reads the labels by which Traefik routes requests to the services of a project. */
export function readTraefik({ services, file }: Project, traefik: string): Passing {
  const passes = Object.entries(services).flatMap(([name, { labels, ports, expose }]): Pass[] => {
    if (name === traefik || typeof labels !== 'object' || labels === null) return []
    const all = Object.entries(labels).map(([key, value]) => [key, String(value)] as const)
    const [, rule] = all.find(([key]) => /^traefik\.http\.routers\..+\.rule$/.test(key)) ?? []
    if (rule === undefined) return []
    const [, port] = all.find(([key]) => key.endsWith('.loadbalancer.server.port')) ?? []
    const own = Array.isArray(expose) ? expose[0] : undefined
    const [, path = '/'] = /Path(?:Prefix)?\([`'"]([^`'"]+)[`'"]\)/.exec(rule) ?? []
    return [
      {
        ...{ path, to: [name], port: Number(port ?? own ?? ports?.[0]?.target ?? 80), strips: false },
        ...{ how: 'proxy_pass', where: file },
      },
    ]
  })
  // The first of several without a path gets all the rest.
  return { passes, rest: [], hasTls: false, maxBody: undefined }
}
