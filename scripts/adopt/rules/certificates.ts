import { posix } from 'node:path'
import { configFilesOf } from '../config-files.ts'
import type { Old } from '../draft.ts'
import { isWebServer } from '../guess.ts'
import { FOLDERS } from '../nginx.ts'

/** Whether a web server has its whole configuration from the repository, and no line of that names a place for certificates or pages. */
export function isUnread({ tree, project, spec, stage }: Old, target: string): boolean {
  const isPages = target === PAGES
  if (!isWebServer((spec.build ? stage?.image : spec.image) ?? '') || !(isPages || isForKeys(target))) return false
  const files = configFilesOf(tree, project, spec).filter(({ path }) => FOLDERS.test(path))
  const has = (one: string) => files.some(({ path }) => path === one)
  const texts = files.map(({ text }) => text.replaceAll(/#.*/g, ''))
  // The site that its image has there serves them.
  const isUsual = isPages && !has(USUAL) && texts.some((text) => /\binclude\s[^;]*\bconf\.d\//.test(text))
  const name = isPages ? target : posix.basename(target)
  return has('/etc/nginx/nginx.conf') && !isUsual && !texts.some((text) => text.includes(name))
}
const [PAGES, USUAL] = ['/usr/share/nginx/html', '/etc/nginx/conf.d/default.conf']
/** Whether certificates lie at a place. */
export const isForKeys = (target: string): boolean => KEYS.test(target)
const KEYS = /\/(ssl|tls|certs?|certificates|letsencrypt)$|\.(pem|key|crt)$/
