import type { Variables } from '../config/settings.ts'
import type { Names } from './nginx.ts'
import type { ConfigFile } from './nginx-lines.ts'
import type { Pass, Passing } from './passing.ts'

// No parser of Caddyfiles is kept for Node. What is not one of these plain lines keeps Caddy in its place.
const UNDERSTOOD =
  /^(?:[{}]|encode\b|log\b|output\b|format\b|email\b|tls\b|auto_https\b|handle(?: \/\S*)? ?\{|route ?\{|[^{]*\{$)/
const PROXY = /^reverse_proxy\s+(?:(\/\S*)\s+)?((?:(?:https?:\/\/)?[\w.-]+(?::\d+)?\s*)+)(\{?)$/

/** Reads Caddyfiles: where they pass requests on, and all lines that say more. `environment` fills in their variables, as Caddy does. */
export function readCaddy(files: readonly ConfigFile[], services: Names, environment: Variables = {}): Passing {
  const own = files.filter(({ path }) => /caddy/i.test(path))
  const lines = own.flatMap(({ from, text: all }) =>
    all.split('\n').flatMap((line, index) => {
      const filled = line.replace(VARIABLE, (all, name: string, usual?: string) => environment[name] || (usual ?? all))
      const text = filled.replace(/(^|\s)#.*$/, '').trim()
      return text ? { text, where: `${from}:${index + 1}` } : []
    }),
  )
  const passes: Pass[] = []
  const rest: string[] = []
  for (const [index, { text, where }] of lines.entries()) {
    const [, matcher, hosts = '', block] = PROXY.exec(text) ?? []
    const [, handled] = /^handle (\/\S*) ?\{$/.exec(lines[index - 1]?.text ?? '') ?? []
    const targets = hosts.trim().split(/\s+/)
    const named = targets.map((host) => host.replace(/^https?:\/\//, '').split(':'))
    const to = named.flatMap(([name = '']) => services.get(name) ?? [])
    if (hosts && to.length === targets.length) {
      const path = (matcher ?? handled ?? '/').replace(/\*$/, '')
      passes.push({ path, to, port: Number(named[0]?.[1] ?? 80), strips: false, how: 'proxy_pass', where })
      if (block) rest.push(`reverse_proxy { (${where})`)
    } else if (hosts || !UNDERSTOOD.test(text) || /^@|^\(/.test(text)) rest.push(`${text.split(/\s/)[0]} (${where})`)
  }
  return { passes, rest, onlyTls: isSecured(lines.map(({ text }) => text)), maxBody: undefined }
}

const VARIABLE = /\{\$(\w+)(?::([^{}]*))?\}/g

// Caddy gets a certificate for each site that has a name and no http:// before it, and then only points from HTTP to HTTPS.
function isSecured(lines: readonly string[]): boolean {
  if (lines.some((text) => /^auto_https (off|disable_redirects)/.test(text))) return false
  const [first = '{'] = lines
  // A file of one site needs no braces: its first line has the site's names.
  if (!first.includes('{') && !/^(import|http:\/\/|:(?!443))/.test(first)) return true
  let depth = 0
  return lines.some((text) => {
    // A site may be a variable, such as {$DOMAIN}.
    const isSite = depth === 0 && /^(\{\$|[^({]).*\{$/.test(text)
    depth += (text.match(/\{(\s|$)/g)?.length ?? 0) - (text.match(/^\}/g)?.length ?? 0)
    const sites = text.replace(/\s*\{$/, '').split(/[,\s]+/)
    return isSite && sites.some((site) => !/^(http:\/\/|:(?!443))/.test(site))
  })
}
