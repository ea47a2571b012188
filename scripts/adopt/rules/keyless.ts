import { posix } from 'node:path'
import { codeOf } from '../app-code.ts'
import { dockerfileOf } from '../build.ts'
import { about, commandOf, type ServiceRule } from '../draft.ts'
import { scriptsIn, uncommented } from '../guess.ts'
import { sharing } from './beside.ts'

/** Names the key without which Laravel answers no page, where what a service is given is empty: nothing in its image comes before that. */
export const keylessRule: ServiceRule = (old) => {
  const { tree, project, service, spec, server } = old
  const lacksKey = (name: string) => project.services[name]?.environment?.['APP_KEY']?.trim() === ''
  // Of several that have the same code, the first one says it.
  if (server || sharing(old).find(lacksKey) !== service) return undefined
  const isLaravel = Object.keys(codeOf(old, service)).some((file) => posix.basename(file) === 'artisan')
  const said = uncommented([(spec.build && dockerfileOf(tree, spec.build)) ?? '', ...commandOf(old)].join('\n'))
  const isMade = [said, ...Object.values(scriptsIn(tree.sources, said))].some((text) => MAKES.test(text))
  if (!isLaravel || isMade) return undefined
  const found = 'APP_KEY has no value: Laravel answers each page with an error'
  const mend =
    'give it one where the Compose file takes it from, such as .env; this prints the line: echo "APP_KEY=base64:$(openssl rand -base64 32)"; then run this again'
  return { findings: [about(old, 'environment').missing(found, mend)] }
}
const MAKES = /\bAPP_KEY\b|\bkey:generate\b/
