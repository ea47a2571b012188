import type { AppRule } from '../app.ts'
import { note } from '../finding.ts'
import { findAll, keepFiles } from '../guess.ts'

/** Says where the code limits or bans visitors by their address: behind the proxy all have one. */
export const clientsRule: AppRule = ({ sources }) => {
  const texts = Object.values(sources)
  const [one] = texts.some((text) => TRUSTS.test(text))
    ? []
    : findAll(
        keepFiles(sources, (file) => LIMITS.test(sources[file] ?? '')),
        [ADDRESS],
      )
  const found = `${one?.value} tells visitors apart, and behind the proxy all have its address`
  const mend =
    'let it take the last address of X-Forwarded-For (Flask: ProxyFix, Express: trust proxy 1, Apache: mod_remoteip): one visitor may lock out all'
  return one ? { findings: [note('web', found, mend, { where: one.where, confidence: 'guess' })] } : {}
}
const ADDRESS =
  /(\brequest\.remote_addr\b|\bget_remote_address\b|\$_SERVER\[['"]REMOTE_ADDR['"]\]|\breq(?:uest)?\.ip\b(?!\s*[(=])|\brequest\.client\.host\b|\bDOS(?:Page|Site)Count\b)/
const LIMITS = /rate.?limit|limiter|\bban(s|ned|_|\b)|throttl|login_?attempt|lockout|brute|\bDOS(Page|Site)Count\b/i
const TRUSTS = /X[-_]Forwarded[-_]For|ProxyFix|trust.?proxy|remoteip|forwarded.allow.ips|TrustProxies/i
