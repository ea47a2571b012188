import { codeOf } from '../app.ts'
import { isWithin, type Old, type ServiceRule } from '../draft.ts'
import { pathOf, some, verdictsOn } from '../finding.ts'
import { findAll } from '../guess.ts'
import { guessHealth } from '../health.ts'

/** A second service to which the web server passed requests gets them from the proxy. */
export const routeRule: ServiceRule = (old) => {
  const route = old.front?.routes.find(({ service }) => service === old.service)
  if (!route) return undefined
  const { health, open, counts } = healthOf(old, route)
  const claims = [pathOf('services', old.service, 'ports', `${route.port}/tcp`)]
  const { note, missing } = verdictsOn(old.service, { claims })
  const key = `health in x-route of ${old.service}`
  const mend = `add a route that only answers 200, such as GET /healthz, and set ${key} to it`
  const checked = `the proxy checks its health at ${health}${counts}`
  const asked = note(checked, `for another path, set ${key}`, { confidence: 'guess' })
  return {
    lines: { 'x-route': { path: route.path, port: route.port, health } },
    findings: [open ? missing(open, mend) : asked],
  }
}

// The page that the service's own code names: the proxy asks the service itself. Otherwise the path of the route.
function healthOf(old: Old, { path, port }: { readonly path: string; readonly port: number }) {
  const own = codeOf(old, old.service)
  const found = guessHealth(own, { files: [], checks: [JSON.stringify(old.spec['healthcheck'] ?? '')], port })
  const counts = found.harm?.kind === 'counts' && `, which counts or keeps each request (${found.harm.where})`
  const isSaid = found.where !== '' && ((found.confidence !== 'guess' && !found.harm) || isWithin(found.value, path))
  if (isSaid) return { health: found.value, counts: counts || '' }
  const valued = found.where === '' ? findAll(own, [/["'`](\/[\w./-]*\/[:<{][\w.:<>{}/-]*)["'`]/]) : []
  const below = valued.flatMap((one) => (isWithin(one.value, path) ? `${one.value} (${one.where})` : []))
  const needs = below.length > 0 ? `each page below ${path} needs a value: ${some(below)}` : undefined
  return { health: path, open: found.lacks ?? needs, counts: '' }
}
