import { posix } from 'node:path'
import { codeOf } from '../app-code.ts'
import { dockerfileOf } from '../build.ts'
import { about, commandOf, type Old, quote, type ServiceRule } from '../draft.ts'
import { scriptsIn, uncommented } from '../guess.ts'
import { isServing, sharing } from './beside.ts'
import { isMade } from './env-file.ts'
import { another } from './sent.ts'

/** Names the key without which Laravel answers no page, where what a service is given is empty, or nothing gives it one. */
export const keylessRule: ServiceRule = (old) => {
  const { tree, service, server } = old
  const all = sharing(old).map((name) => another(old, name))
  // Of several that have the same code, the first one says it.
  const first = all.find((one) => keyOf(one) === '') ?? all.find((one) => all.every(lacksKey) && runsPhp(one))
  if (server || first?.service !== service) return undefined
  const code = codeOf(old, service)
  const folders = Object.keys(code).flatMap((file) => (posix.basename(file) === 'artisan' ? posix.dirname(file) : []))
  const said = saidOf(old)
  if ([said, ...Object.values(scriptsIn(tree.sources, said))].some((text) => MAKES.test(text))) return undefined
  const { missing } = about(old, 'environment')
  const has = (file: string, text: RegExp) => text.test(code[file] ?? '')
  if (keyOf(old) === '')
    return folders.length === 0 ? undefined : { findings: [missing(`APP_KEY has no value: ${ENDS}`, GIVE)] }
  const folder = folders.find(
    (one) =>
      has(posix.join(one, 'composer.json'), /"laravel\/framework"/) &&
      has(posix.join(one, '.env.example'), /^APP_KEY=/m) &&
      // Without that file, the framework asks for it by itself; some have a usual one there.
      (code[posix.join(one, 'config/app.php')] === undefined || has(posix.join(one, 'config/app.php'), ASKS)),
  )
  if (folder === undefined || hasDotenv(old, folder) || isMade(old, code, '.env')) return undefined
  const path = posix.join(tree.dir, folder, '.env')
  const key = `sed -i "s|^APP_KEY=.*|APP_KEY=base64:$(openssl rand -base64 32)|" ${quote(path)}`
  const mend = `make ${path} with the values of production, and run this again; this begins with the example: cp ${quote(`${path}.example`)} ${quote(path)} && ${key}`
  return { findings: [missing(`no APP_KEY, and no ${path} yet: ${ENDS}`, mend, { confidence: 'likely' })] }
}
const ENDS = 'Laravel answers each page with an error'
const GIVE =
  'give it one where the Compose file takes it from, such as .env; this prints the line: echo "APP_KEY=base64:$(openssl rand -base64 32)"; then run this again'
const MAKES = /\bAPP_KEY\b|\bkey:generate\b/
const ASKS = /\benv\(\s*["']APP_KEY["']\s*\)/

const keyOf = ({ spec }: Old) => spec.environment?.['APP_KEY']?.trim()
const lacksKey = (one: Old) => !keyOf(one)
const saidOf = (old: Old) =>
  uncommented([(old.spec.build && dockerfileOf(old.tree, old.spec.build)) ?? '', ...commandOf(old)].join('\n'))
const runsPhp = (old: Old) =>
  !isServing(old, old.service) && /php|artisan|laravel/i.test(`${old.spec.image} ${saidOf(old)}`)

// Whether a container finds a file of variables beside its code, of whatever name.
function hasDotenv({ tree, spec }: Old, folder: string): boolean {
  const names = ['.env', `.env.${spec.environment?.['APP_ENV']}`].map((name) => posix.join(folder, name))
  const files = [...Object.keys(tree.envValues ?? {}), ...tree.files, ...(tree.envFiles ?? [])]
  return names.some((name) => files.includes(name)) || /\/\.env["\\]/.test(JSON.stringify(spec))
}
