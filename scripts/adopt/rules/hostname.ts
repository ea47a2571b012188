import { codeOf } from '../app-code.ts'
import { about, environmentOf, type ServiceRule } from '../draft.ts'
import { findAll, keepFiles } from '../guess.ts'

/**
 * Lets what listens at the name of its host (Next.js as a standalone server) listen at all addresses: beside the proxy that name has
 * two, and the proxy comes to the other one.
 */
export const hostnameRule: ServiceRule = (old) => {
  const isRouted = old.isWeb || old.front?.routes.some(({ service }) => service === old.service)
  if (!isRouted || environmentOf(old).some(([key]) => key === 'HOSTNAME')) return undefined
  const scripts = keepFiles(codeOf(old, old.service), (file) => /\.[cm]?[jt]s$/.test(file))
  const [line] = findAll(scripts, [LISTENS, STANDALONE])
  if (!line) return undefined
  const found = 'HOSTNAME=0.0.0.0: it listens at the name of its host, which has two addresses in a release'
  const { ok } = about(old)
  return { lines: { environment: { HOSTNAME: '0.0.0.0' } }, findings: [ok(found, { where: line.where })] }
}
const LISTENS = /\b(?:listen\([^)]*|(?:hostname|host)\b[^=:]{0,20}[=:]\s*)(process\.env\.HOSTNAME)\b/i
// What Next.js makes for it reads that variable.
const STANDALONE = /\boutput\s*:\s*["'](standalone)["']/
