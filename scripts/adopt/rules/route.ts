import { ANY, askedPath, takesAny } from '../../config/health-path.ts'
import { codeOf } from '../app-code.ts'
import type { Old, ServiceRule } from '../draft.ts'
import { pathOf, verdictsOn } from '../finding.ts'
import { guessHealth } from '../health.ts'
import { isWithin } from '../source-tree.ts'

/** A second service to which the web server passed requests gets them from the proxy. */
export const routeRule: ServiceRule = (old) => {
  const route = old.front?.routes.find(({ service }) => service === old.service)
  if (!route) return undefined
  const health = healthOf(old, route)
  // A port of the host is said to be closed: the others may come and go with each version, and one port has one container.
  const isOpen = old.spec.ports?.some(({ published }) => published)
  const claims = isOpen ? [] : [pathOf('services', old.service, 'ports', `${route.port}/tcp`)]
  const { note } = verdictsOn(old.service, { claims })
  const asked = takesAny(health) ? `${askedPath(health)}: any answer below 500 counts` : health
  const mend = `for a page that only answers 200, set health in x-route of ${old.service}`
  return {
    lines: { 'x-route': { path: route.path, port: route.port, health } },
    findings: [note(`the proxy checks its health at ${asked}`, mend, { confidence: 'guess' })],
  }
}

// The page that the service's own code names: the proxy asks the service itself.
function healthOf(old: Old, { path, port }: { readonly path: string; readonly port: number }): string {
  const checks = [JSON.stringify(old.spec['healthcheck'] ?? '')]
  const { value, confidence } = guessHealth(codeOf(old, old.service), { files: [], checks, port })
  return confidence !== 'guess' || isWithin(value, path) ? value : ANY
}
