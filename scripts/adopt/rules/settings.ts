import { about, environmentOf, type ServiceRule } from '../draft.ts'
import { listFindings, some } from '../finding.ts'

/** Names what the environment of a service switches on that no release wants: modes for development, HTTPS without a certificate, addresses of this host. */
export const settingsRule: ServiceRule = (old) => {
  if (old.server) return undefined
  const all = environmentOf(old).map(([key, value]) => [key, value.trim()] as const)
  const modes = all.filter(
    ([key, value]) => (MODE.test(key) && DEVELOPMENT.test(value)) || (DEBUG.test(key) && ON.test(value)),
  )
  const tls = all.find(
    ([key, value]) =>
      (key === 'ASPNETCORE_URLS' && /https:/.test(value)) ||
      (key === 'ASPNETCORE_HTTPS_PORTS' && value && isHeard(all) && !BEFORE_8.test(old.stage?.image ?? '')),
  )
  const args = Object.entries(old.spec.build?.args ?? {}).map(([key, value]) => [key, String(value ?? '')] as const)
  // An env_file may have what the Compose file alone uses, for a port of this host.
  const ports = JSON.stringify(old.project.raw?.[old.service]?.['ports'] ?? '')
  const isOfHost = (key: string) => new RegExp(`\\$\\{?${key}\\b`).test(ports)
  const local = [...all, ...args].filter(([key, value]) => LOCAL.test(value) && !isOfHost(key)).map(([key]) => key)
  const { note, missing } = about(old, 'environment')
  const given = modes.map((pair) => pair.join('=')).join(', ')
  const wanted = 'give the release the values for production, in the proposed file or in .env'
  const here = `localhost in ${some([...new Set(local)])}: a browser elsewhere, or another container, reaches nothing there`
  const hosts = all.filter(([key, value]) => HOST.test(value) && DATABASE.test(`${key} ${value}`)).map(([key]) => key)
  const host = `${some(hosts)} names this host, where a release opens no port of a database`
  return {
    findings: listFindings(
      hosts.length > 0 && note(host, 'give it the name of the service that is meant, with its port there'),
      modes.length > 0 && note(`${given}: settings for development`, wanted),
      local.length > 0 && note(here, 'give the release the public address, or the name of the service that is meant'),
      tls &&
        !all.some(([key]) => /Kestrel__.*Certificate/i.test(key)) &&
        missing(
          `${tls[0]} asks for HTTPS, and nothing names a certificate: it would end at its start`,
          `leave HTTPS out of ${tls[0]}: the release speaks HTTP to it, and the gate has the certificates`,
        ),
    ),
  }
}

// Addresses count before ports, and .NET has known these since version 8.
const isHeard = (all: readonly (readonly [string, string])[]) =>
  !all.some(([key, value]) => key === 'ASPNETCORE_URLS' && value)
const BEFORE_8 = /\/aspnet:[3567]\./
const MODE =
  /^((NODE|RAILS|RACK|APP|FLASK|MIX|GO|DJANGO)_ENV|(ASPNETCORE|DOTNET|APP)_ENVIRONMENT|ENVIRONMENT|ENV|SPRING_PROFILES_ACTIVE|GIN_MODE)$/
const DEVELOPMENT = /^(dev|develop|development|local|debug)$/i
const DEBUG = /^((APP|DJANGO|FLASK)_)?DEBUG$/
const ON = /^(1|true|yes|on)$/i
const HOST = /\b(172\.17\.0\.1|(host|gateway)\.docker\.internal)\b/
const DATABASE = /db|database|sql|postgres|pg|maria|mongo|redis|valkey|amqp|rabbit|:(5432|3306|27017|6379)\b/i
const LOCAL = /\b(localhost(?![\w.-]*\.(pem|key|crt|cert)\b)|127\.0\.0\.1)\b/
