import type { Old, ServiceRule } from '../draft.ts'
import { ok } from '../finding.ts'
import { dependenciesOf, isJob } from '../job.ts'
import { targetOf } from './names.ts'

/** A service that does its work and exits, such as a migration, and the order in which services start. */
export const jobRule: ServiceRule = (old) => {
  const { service, project, spec, stage, isWeb, where } = old
  // What its image does where the Compose file says nothing.
  const own = { ...spec, command: spec['command'] ?? stage?.command?.words.join(' ') }
  const job = !isWeb && isJob({ ...project, services: { ...project.services, [service]: own } }, service)
  const depends = dependsOf(old)
  return {
    lines: {
      ...(job ? { restart: 'no' } : {}),
      ...(Object.keys(depends).length > 0 ? { depends_on: depends } : {}),
    },
    findings: job
      ? [
          ok(service, 'it does its work and exits: each deploy that changes it runs it before the application starts', {
            where: where(service),
            confidence: 'likely',
          }),
        ]
      : [],
  }
}

// Compose's own order among the services beside the application. That comes last, whatever it depends on; a web server
// looks up the others only when it starts, so that it starts again where they do.
function dependsOf({ spec, project, web, front, twins, behind, isWeb }: Old): Record<string, object> {
  if (isWeb) {
    const all = behind.map((name) => [
      targetOf({ service: name, isWeb: false }),
      { condition: dependenciesOf(spec)[name]?.condition ?? 'service_started', restart: true },
    ])
    return Object.fromEntries(all)
  }
  return Object.fromEntries(
    Object.entries(dependenciesOf(spec)).flatMap(([name, { condition = 'service_started', restart }]) =>
      name === web || name === front?.service || twins.includes(name) || !project.services[name]
        ? []
        : [[targetOf({ service: name, isWeb: false }), { condition, ...(restart ? { restart } : {}) }]],
    ),
  )
}
