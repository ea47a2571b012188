import { uncommented } from './guess.ts'
import type { ConfigFile } from './nginx-lines.ts'
import type { Passing } from './passing.ts'

/** Reads the sites of Apache: whether those over HTTP only point to HTTPS, and the port of one that speaks it. */
export function readApache(files: readonly ConfigFile[]): Passing | undefined {
  const sites = files
    .filter(({ path }) => /^\/(etc|usr|opt)\/.*(apache|httpd)/i.test(path))
    .flatMap(({ text }) => [...uncommented(text).matchAll(SITE)])
    .map(([, port, text = '']) => ({ port: Number(port), isTls: /^\s*SSLEngine\s+on/im.test(text), text }))
  const plain = sites.filter(({ isTls }) => !isTls)
  const tls = sites.find(({ isTls }) => isTls)?.port
  const onlyTls = plain.length > 0 && plain.every(({ text }) => POINTS.test(text))
  return onlyTls && tls ? { passes: [], rest: [], onlyTls, tls, maxBody: undefined } : undefined
}
const SITE = /<VirtualHost\s[^>]*:(\d+)[^>]*>([\s\S]*?)<\/VirtualHost>/gi
const POINTS = /^\s*(Redirect(Permanent)?\s+(\w+\s+)?"?\/"?\s+"?https:|RewriteRule\s+\S+\s+"?https:)/im
