import { stageOf } from './build.ts'
import type { Pass, Passing } from './passing.ts'
import { type Service, type SourceTree, textsOf } from './source-tree.ts'
import { byHost } from './traefik.ts'
import { virtualHostOf } from './web.ts'

/** Whether an image is nginx-proxy: it makes its configuration of what the engine says of the containers beside it. */
export const isNginxProxy = (image: string): boolean => /(^|\/)nginx-proxy([:@]|$)/.test(image)

/** Reads the variables by which nginx-proxy leads to the services of a project: without a port among them, to the one that is exposed, or 80. */
export function readVirtualHosts(
  tree: SourceTree,
  services: Readonly<Record<string, Service>>,
  where: string,
): Passing {
  const routed = Object.entries(services).flatMap(([name, spec]) => {
    const given = textsOf(spec.environment)
    const [host] = virtualHostOf(spec)?.split(',') ?? []
    if (!host) return []
    const ports = [...(spec.expose ?? []), ...(stageOf(tree, spec)?.ports ?? []), ...portsOf(tree, spec)]
    const [port = 80, ...others] = new Set(ports.map(Number))
    const path = given['VIRTUAL_PATH'] ?? '/'
    const asked = Number(given['VIRTUAL_PORT']) || (others.length > 0 ? 80 : port)
    const strips = (given['VIRTUAL_DEST'] ?? path) !== path
    const pass: Pass = { path, to: [name], port: asked, strips, how: 'proxy_pass', where }
    return [{ host, pass }]
  })
  return { ...byHost(routed), rest: [], maxBody: undefined }
}
const portsOf = ({ images }: SourceTree, { build, image = '' }: Service) => (build ? [] : (images[image]?.ports ?? []))
