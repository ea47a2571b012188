import * as v from 'valibot'
import { quoteText } from '../release/pages.ts'
import { moment } from '../state/records.ts'

/** What all requests get while the project is in maintenance; the ledger keeps it, so that it outlives proxies and deploys. */
export type Maintenance = {
  readonly since: string
  readonly by: string
  /** HTML. */
  readonly page: string
  /** For how many seconds a request waits for the end before it gets the page; 0 for not at all. */
  readonly hold: number
}
/** Says what becomes of a request meanwhile; `page` is what it gets. */
export const sayHold = (hold: number, page: string): string =>
  hold > 0 ? `requests wait ${hold} s at most, and then get ${page}` : `all requests get ${page}`
const MAINTENANCE = v.looseObject({ since: moment, by: v.string(), page: v.string(), hold: v.number() })
export const isMaintenance = (value: unknown): value is Maintenance => v.is(MAINTENANCE, value)

export const DEFAULT_PAGE =
  '<!doctype html><title>Maintenance</title><h1>Down for maintenance</h1><p>Please try again in a few minutes.</p>\n'
/** The variable of the running proxy that lets the requests that wait go on. */
export const MAINTENANCE_VARIABLE = 'proc.maintenance'
const MARK = ' # maintenance'
const IS_ON = `{ var(${MAINTENANCE_VARIABLE}) -m int 1 }`

/** A proxy's configuration with that maintenance, or with none. The health that a deploy asks for passes by these rules. */
export function withMaintenance(config: string, maintenance: Maintenance | undefined): string {
  const without = config.replaceAll(/^.* # maintenance\n/gm, '')
  if (!maintenance) return without
  const { page, hold } = maintenance
  const answer = `content-type "text/html; charset=utf-8" hdr Retry-After 60 hdr Cache-Control no-store string ${quoteText(page)}`
  const rules = [
    ...(hold > 0 ? [`http-request lua.hold ${MAINTENANCE_VARIABLE} ${hold * 1000} if ${IS_ON}`] : []),
    `http-request return status 503 ${answer} if ${IS_ON}`,
  ]
  return without
    .replace(/^ {2}hard-stop-after .*\n/m, (line) => `${line}  set-var ${MAINTENANCE_VARIABLE} int(1)${MARK}\n`)
    .replace(/^ {2}option forwardfor\n/m, (line) => line + rules.map((rule) => `  ${rule}${MARK}\n`).join(''))
}
