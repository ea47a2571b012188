import { hasVariables } from '../../docker/compose-variables.ts'
import type { ServiceRule } from '../draft.ts'
import { listFindings, ok, pathOf, some, verdictsOn } from '../finding.ts'
import { mayBring } from '../in-image.ts'
import type { Project, SourceTree } from '../source-tree.ts'
import { envName, envValue, isOfGit, linesValue, tracksDotenv, withVariables } from '../variables.ts'
import { isKept } from './keys.ts'

// An address with a password, as a URL or as a connection string.
const ADDRESS = /:\/\/[^/@\s]*:[^/@\s]+@|(^|[;\s])(password|pwd)\s*=\s*[^;\s]/i
const SECRET = /PASS|_PWD$|SECRET|TOKEN|KEY|CREDENTIAL|PRIVATE|DSN|AUTH|SALT|ERLANG_COOKIE/i
// Who else is asked for a login has an address, and that is known.
const ASKED = /^(?!.*(PASS|SECRET|TOKEN|KEY|CREDENTIAL|DSN)).*AUTH.*=https?:\/\/[^?@]*$/i
// What says how a secret is used, and none itself.
const ABOUT =
  /_(EXPIR\w*|URL|URI|ORIGINS?|ROLE|POLICY|ENDPOINT|ISSUER|AUDIENCE|HOST|PORT|DOMAIN|NAME|ID|TTL|LIFETIME|DURATION|AGE|TYPE|MODE|METHOD|HEADER|PREFIX|ALGORITHM|LENGTH|SIZE|BITS|SECONDS|MINUTES|HOURS|DAYS|ENABLED?|ACTIVE|REQUIRED)$/i
// TokenTTL, as Go and .NET write it.
const withLines = (key: string) => key.replaceAll(/(?<=[a-z\d])(?=[A-Z])/g, '_')
const isSwitch = (key: string, value: string) =>
  /^(true|false|yes|no|on|off)$/i.test(value) ||
  (/(^|_)(ACCEPT|ALLOW|RANDOM|ENABLE|DISABLE|REQUIRE|USE)_/.test(key) && /^[01]$/.test(value))
/** Whether a variable is secret, by its name or its value. */
export const isSecret = (key: string, value: string) =>
  (SECRET.test(key) && !ABOUT.test(withLines(key)) && !isSwitch(key, value) && !ASKED.test(`${key}=${value}`)) ||
  ADDRESS.test(value)

/**
 * The environment of a service: public values stay in the Compose file, secret ones go to .env. A value is secret if its name says
 * so, or if it is an address with a password. What the Compose file takes from another file goes to .env, too.
 */
export const environmentRule: ServiceRule = ({ tree, project, service, where }) => {
  const all = entriesOf(tree, project).filter((one) => one.service === service)
  const texts = textsIn(project, service, all)
  const environment = Object.fromEntries(
    all.map(({ key, value, name }) => [key, texts.get(key)?.value ?? (name ? `\${${name}:?}` : value)]),
  )
  const hidden = all.flatMap(({ key, value, name }) =>
    // Compose writes a literal $ as $$ when it resolves a file.
    name && !texts.has(key)
      ? [{ key, name, written: lineFor(value.replaceAll('$$', '$')), isPlain: !isSecret(key, value) }]
      : [],
  )
  const secrets = Object.fromEntries(hidden.flatMap(({ name, written = '' }) => (written ? [[name, written]] : [])))
  const plain = hidden.flatMap(({ name, isPlain }) => (isPlain ? name : []))
  const names = Object.keys(secrets).filter((name) => !plain.includes(name))
  const at = { where: where(service, 'environment') }
  const { note, missing } = verdictsOn('secrets', at)
  const moved = `${service}: ${some(plain)}: their values go to .env: they come from other files, or are put together`
  const hide =
    'their values go to .env (mode 600). The engine shows every environment, so let the application read a file if it can (docs/guides/environments.md)'
  return {
    lines: all.length > 0 ? { environment } : {},
    secrets: Object.assign({}, ...[...texts.values()].map((one) => one.secrets), secrets),
    findings: listFindings(
      ...hidden.map(
        ({ key, name, written }) =>
          written === undefined &&
          missing(
            `${service}: .env cannot hold ${key} as ${name}`,
            'let the application read it from a file (docs/guides/environments.md), or add it yourself',
            { claims: [pathOf('services', service, 'environment', key)] },
          ),
      ),
      plain.length > 0 && ok('settings', moved, at),
      names.length > 0 && note(`${service}: ${names.join(', ')}`, hide),
    ),
  }
}

const lineFor = (value: string) => envValue(value) ?? linesValue(value)

// What no line of .env can hold, such as a whole file, stays in the words of its author, with his variables.
const textsIn = ({ raw = {}, given = {} }: Project, service: string, all: readonly Entry[]) =>
  new Map(
    all.flatMap(({ key, value, name }) => {
      const said =
        name && envValue(value.replaceAll('$$', '$')) === undefined && wordsOf(raw[service]?.['environment'], key)
      return said && hasVariables(said) ? [[key, withVariables(said, given)] as const] : []
    }),
  )
function wordsOf(environment: unknown, key: string): string | undefined {
  const pairs = Array.isArray(environment)
    ? environment.map((one) => String(one).split(/=(.*)/s))
    : Object.entries(environment ?? {})
  const said: unknown = pairs.find(([name]) => name === key)?.[1]
  return typeof said === 'string' ? said : undefined
}

// `name` is that in .env of a value that must not go into the file for git.
type Entry = Readonly<Record<'service' | 'key' | 'value', string>> & { readonly name: string | undefined }
// All services at once: two different values cannot share a name.
function entriesOf(tree: SourceTree, { services, text, written = text, raw = {}, given = {} }: Project): Entry[] {
  // What another key names by a variable, such as a command, has that name already.
  const pairs = Object.values(raw).flatMap((one) => Object.entries(one))
  const keys = JSON.stringify(pairs.flatMap(([key, value]) => (isKept(key) ? [value] : [])))
  const named = [...keys.matchAll(/(?<!\$)\$\{?(\w+)(?::?-([^${}]*))?/g)].flatMap(([, name = '', usual]) => {
    const value = given[name] ?? usual
    return value === undefined ? [] : [[envName(name), value] as const]
  })
  const taken: Record<string, string> = Object.fromEntries(named)
  return Object.entries(services).flatMap(([service, { environment = {} }]) =>
    Object.entries(environment).flatMap(([key, value]): Entry[] => {
      // A value that is passed on from the host: it has none here, and to be empty is something else.
      if (value === null) return []
      const isWritten = value.split('\n').every((line) => written.includes(line.trim()))
      // An .env that git keeps hides nothing, and in an image a web server may show it.
      const isOpen =
        tracksDotenv(tree) && (isSecret(key, value) ? isWritten && mayBring(tree, '.env') : isOfGit(tree, value))
      const stays = isOpen || (!isSecret(key, value) && isWritten)
      if (value === '' || stays || (key.endsWith('_FILE') && value.startsWith('/')))
        return [{ service, key, value, name: undefined }]
      const own = `${envName(key)}_${service.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`
      const name = [envName(key), own].find((one) => (taken[one] ?? value) === value) ?? `${own}_2`
      taken[name] = value
      return [{ service, key, value, name }]
    }),
  )
}
