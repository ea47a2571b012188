import { APP } from '../docker/compose-model.ts'
import { stageOf } from './build.ts'
import type { Composed } from './compose-file.ts'
import { type Draft, type Joined, joinParts, type Old } from './draft.ts'
import { type Finding, note, ok, some } from './finding.ts'
import { sharedFindings } from './rules/apart.ts'
import { targetOf } from './rules/names.ts'
import { SERVICE_RULES } from './rules.ts'
import { isJob } from './server.ts'
import { isTool } from './web.ts'

/** The services of the release, and all else that the rules have added; `own` are further lines of the application. */
export function adoptServices({ front, twins }: Draft, services: readonly Old[], own: Joined['lines']): Composed {
  const left = services.filter(({ service }) => service !== front?.service && !twins.includes(service))
  const parts = left.map((old) => {
    const beside = { extends: { file: `\${TOOLKIT_COMPOSE:-.}/beside.yaml`, service: 'beside' } }
    const part = joinParts([old.isWeb ? {} : { lines: beside }, ...SERVICE_RULES.map((rule) => rule(old))])
    return { name: targetOf(old), part }
  })
  return {
    definitions: joinParts([
      { lines: Object.fromEntries(parts.map(({ name, part }) => [name, part.lines])) },
      { lines: Object.keys(own).length > 0 ? { [APP]: own } : {} },
    ]).lines as Composed['definitions'],
    all: joinParts([
      ...parts.map(({ part }) => ({ ...part, lines: {} })),
      { settings: front?.settings ?? {}, findings: sharedFindings(left) },
    ]),
  }
}

/** Names what has no volume, whatever it is: it begins anew with each container. */
export function keptNowhere(draft: Draft, { definitions }: Composed): Finding | undefined {
  const { project, tree } = draft
  const isTransient = (name: string) => isTool(name, project.services[name] ?? {}) && !KEEPS.test(name)
  const names = Object.entries(definitions).flatMap(([name, one]) =>
    name === APP || 'volumes' in one || isJob(draft, name) || isTransient(name) ? [] : name,
  )
  if (names.length === 0) return undefined
  const specs = names.map((name) => project.services[name])
  const isKnown = specs.every((spec) => {
    const base = (spec && stageOf(tree, spec)?.image) ?? spec?.image ?? ''
    return (spec?.build || tree.images[base]) && !WRITES.test(base)
  })
  const found = `in no volume: ${some(names)}`
  const mend = 'nothing to do for what keeps nothing; else mount a volume where it does'
  // What nobody has looked into may have a VOLUME.
  return isKnown
    ? ok('data', `${found}; what looks like data there, the next deploy moves into one`)
    : note('data', `${found}; a new container of these begins empty`, mend)
}

// Whatever is built on these keeps what its users send, in its own folders.
const WRITES =
  /(^|\/)(wordpress|nextcloud|owncloud|drupal|joomla|mediawiki|moodle|ghost|gitea|matomo|prestashop|redmine)(:|@|$)/
// Tools that have measured or stored something.
const KEEPS = /grafana|prometheus|portainer|keycloak|authentik|zitadel/
