import { parse } from 'dotenv'
import type { AppRule } from '../app.ts'
import { listFindings, note, some } from '../finding.ts'
import { readsOf } from '../reads.ts'
import { ENV_EXAMPLE } from '../source-tree.ts'

/** Names the variables that an application asks for, where no Compose file gives any: addresses of servers in its code, and all that an example of its .env has. */
export const needsRule: AppRule = ({ tree, sources, stage, ready }) => {
  if (tree.compose || ready !== undefined) return undefined
  const given = stage?.environment ?? {}
  // An image that names a server has none, where the value is empty, or itself.
  const isOpen = (name: string) => SERVER.test(name) && /^$|localhost|127\.0\.0\.1/.test(given[name] ?? '')
  const read = [...readsOf(sources), ...Object.keys(given).map((name) => ({ file: 'Dockerfile', name }))]
  const open = read.filter(({ name }) => isOpen(name) && !/TEST/.test(name))
  const [example, text = ''] = Object.entries(sources).find(([file]) => ENV_EXAMPLE.test(file)) ?? []
  const all = [...open.map(({ name }) => name), ...Object.keys(parse(text)).filter((name) => !given[name])]
  const found = `the code reads ${some([...new Set(all)])}, and nothing here says what they are: no image has its .env`
  const mend =
    'where it needs them, write a compose.yaml with a service for each server, and for the application (environment:, or env_file: .env), then run this again'
  const at = { where: open[0]?.file ?? example, confidence: 'likely' } as const
  return { findings: listFindings(all.length > 0 && note('environment', found, mend, at)) }
}

const SERVER =
  /^(\w+_)?(DATABASE|DB|MONGO(DB)?|REDIS|POSTGRES(QL)?|PG|MYSQL|MARIADB|RABBITMQ|AMQP|KAFKA|ELASTIC(SEARCH)?|MEILI(SEARCH)?|MEMCACHED)(_?(URL|URI|HOST|DSN|SERVERS?|BROKERS?|CONNECTION(_STRING)?))$/
