import { posix } from 'node:path'
import { configFilesOf } from '../config-files.ts'
import type { Old } from '../draft.ts'
import { isWebServer } from '../guess.ts'
import { FOLDERS } from '../nginx.ts'

/** Whether a web server has its whole configuration from the repository, and no line of that names a place for certificates. */
export function isUnread({ tree, project, spec, stage }: Old, target: string): boolean {
  if (!isWebServer((spec.build ? stage?.image : spec.image) ?? '') || !KEYS.test(target)) return false
  const files = configFilesOf(tree, project, spec).filter(({ path }) => FOLDERS.test(path))
  const isWhole = files.some(({ path }) => path === '/etc/nginx/nginx.conf')
  const name = posix.basename(target)
  return isWhole && !files.some(({ text }) => text.replaceAll(/#.*/g, '').includes(name))
}
const KEYS = /\/(ssl|tls|certs?|certificates|letsencrypt)$|\.(pem|key|crt)$/
