import { CONNECT } from '../config/health-path.ts'
import { keptSession, limitedByAll, writtenByAll } from './each-request.ts'
import { findAll, type Sources } from './guess.ts'
import { anyAnswer, CHECK, type Health } from './health.ts'
import type { ConfigFile } from './nginx-lines.ts'
import { writtenByPhp } from './php-each.ts'

/**
 * The health path of an application, by its pages and `all` sources: where it writes at each request, or counts them, the proxy has to
 * spare it its checks, unless its author's own check asks for that page as well.
 */
export function sparing(health: Health, pages: Sources, all: Sources): Health {
  const session = keptSession(pages, health)
  const written =
    writtenByAll(pages, health) ??
    writtenByDjango(pages, health) ??
    (health.value.startsWith('/') ? undefined : writtenByPhp(pages, all))
  const limited = limitedByAll(pages, health)
  const isHarmed = session ?? written ?? (limited && !limited.isSpared)
  return { ...health, session, written, limited, value: isHarmed && health.where !== CHECK ? CONNECT : health.value }
}

// django-health-check tries to write to what it asks after.
function writtenByDjango(sources: Sources, { value }: Health): string | undefined {
  const pages = findAll(sources, [/\b(?:re_)?(?:path|url)\(\s*r?["']\^?([\w/-]*)["'].*\binclude\(\s*["']?[\w.]*health/])
  const isAsked = pages.some((one) => value.startsWith(`/${one.value.replace(/^\//, '')}`))
  return isAsked ? findAll(sources, [/["'](health_check\.(?:db|storage))["']/])[0]?.where : undefined
}

/** The health path, unless nginx limits how often a client may ask for it: the proxy is one client, and asks all the time. */
export function withinLimits(health: Health, files: readonly ConfigFile[]): Health {
  const limited = files.flatMap(({ text }) =>
    [...text.matchAll(LOCATION)].flatMap(([, path = '', body = '']) => (/\blimit_req\b/.test(body) ? path : [])),
  )
  const isLimited = (path: string) => limited.some((one) => path.startsWith(one))
  if (!isLimited(health.value)) return health
  const other = anyAnswer(`nginx limits how often a client may ask for ${health.value}`)
  return isLimited('/healthz') ? { ...other, value: CONNECT } : other
}
const LOCATION = /\blocation\s+(?:[=^~*]+\s+)?(\/\S*)\s*\{([^{}]*)\}/g
