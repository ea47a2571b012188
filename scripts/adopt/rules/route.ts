import { posix } from 'node:path'
import type { Old, ServiceRule } from '../draft.ts'
import { note, pathOf } from '../finding.ts'
import { guessHealth } from '../health.ts'

/** A second service to which the web server passed requests gets them from the proxy. */
export const routeRule: ServiceRule = (old) => {
  const route = old.front?.routes.find(({ service }) => service === old.service)
  if (!route) return undefined
  const health = healthOf(old, route.path)
  return {
    lines: { 'x-route': { path: route.path, port: route.port, health } },
    findings: [
      note(
        old.service,
        `the proxy checks its health at ${health}`,
        `for another path, set health in x-route of ${old.service}`,
        { confidence: 'guess', claims: [pathOf('services', old.service, 'ports', `${route.port}/tcp`)] },
      ),
    ],
  }
}

// The health path that the service's own code names, if it lies below the path of the route; otherwise that path.
function healthOf({ tree: { root, dir, sources }, spec: { build } }: Old, path: string): string {
  const folder = build ? posix.relative(posix.join(root, dir), build.context) : '..'
  const own = Object.entries(sources).filter(([file]) => file.startsWith(`${folder}/`))
  const found = guessHealth(Object.fromEntries(own), { files: [], checks: [], port: undefined }).value
  return found.startsWith(path) ? found : path
}
