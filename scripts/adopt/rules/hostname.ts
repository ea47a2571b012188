import { codeOf } from '../app-code.ts'
import { configFilesOf } from '../config-files.ts'
import { about, commandOf, environmentOf, type Old, type Part, type ServiceRule } from '../draft.ts'
import { pathOf } from '../finding.ts'
import { findAll, keepFiles } from '../guess.ts'
import { namesOf } from '../source-tree.ts'

/** Lets what listens for one name or address alone listen for all: the proxy comes to another one. */
export const hostnameRule: ServiceRule = (old) => {
  const isRouted = old.isWeb || old.front?.routes.some(({ service }) => service === old.service)
  return isRouted ? (hostPart(old) ?? namePart(old)) : undefined
}

// The name of its host (Next.js as a standalone server): beside the proxy that has two addresses, and the proxy comes to the other one.
function hostPart(old: Old): Part | undefined {
  // An image of another language may have the pages of another one beside its code.
  if (isGiven(old, 'HOSTNAME') || OTHERS.test(old.stage?.image ?? '')) return undefined
  const scripts = keepFiles(codeOf(old, old.service), (file) => /\.[cm]?[jt]s$/.test(file))
  const [line] = findAll(scripts, [LISTENS, STANDALONE])
  if (!line) return undefined
  const found = 'HOSTNAME=0.0.0.0: it listens at the name of its host, which has two addresses in a release'
  const { ok } = about(old)
  return { lines: { environment: { HOSTNAME: '0.0.0.0' } }, findings: [ok(found, { where: line.where })] }
}
const OTHERS = /^(?!.*(node|bun|deno)).*(python|php|ruby|golang|temurin|openjdk|dotnet)/
const isGiven = (old: Old, name: string) => environmentOf(old).some(([key]) => key === name)
const LISTENS = /\b(?:listen\([^)]*|(?:hostname|host)\b[^=:]{0,20}[=:]\s*)(process\.env\.HOSTNAME)\b/i
// What Next.js makes for it reads that variable.
const STANDALONE = /\boutput\s*:\s*["'](standalone)["']/

// FrankenPHP has one site, localhost over HTTPS, until that variable names another one.
function namePart(old: Old): Part | undefined {
  const { tree, project, spec, stage } = old
  const command = commandOf(old).join(' ')
  const ports = (spec.ports ?? []).map(({ target }) => Number(target))
  const own = configFilesOf(tree, project, spec).filter(({ path }) => /^\/etc\/(frankenphp|caddy)\//.test(path))
  const isMeant =
    /(^|\/)frankenphp([:@]|$)/.test((spec.build ? stage?.image : spec.image) ?? '') &&
    (command === '' || /\bfrankenphp run\b/.test(command)) &&
    (own.length === 0 || own.some(({ text }) => text.includes('{$SERVER_NAME'))) &&
    (ports.length === 0 || ports.includes(80))
  const given = new Map(environmentOf(old)).get('SERVER_NAME')
  if (!isMeant || given === '' || isPlain(old, given)) return undefined
  const { ok, note } = about(old, 'environment')
  const found =
    given === undefined
      ? ok('SERVER_NAME=:80: without it, FrankenPHP serves localhost alone, and over HTTPS')
      : note(
          `SERVER_NAME=:80, and not "${given}", which serves visitors over HTTPS alone: the release speaks HTTP to it`,
          'give its names to HOSTS: the gate has the certificates (docs/guides/front-door.md)',
          { claims: [pathOf('services', old.service, 'environment', 'SERVER_NAME')] },
        )
  return { lines: { environment: { SERVER_NAME: ':80' } }, findings: [found] }
}

// Whether one of those names is served over HTTP, by its port or scheme, but to the other services.
function isPlain({ project, service }: Old, given = ''): boolean {
  const own = namesOf(project, service)
  const names = given.split(/[\s,]+/).filter((name) => !own.includes(name.replace(/^http:\/\/|:\d+$/g, '')))
  return names.some((name) => /^http:\/\/|:(?!443$)\d+$/.test(name))
}
