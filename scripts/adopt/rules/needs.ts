import type { AppRule } from '../app.ts'
import { listFindings, note, some } from '../finding.ts'
import { ENV_EXAMPLE } from '../names.ts'
import { namedIn, readsOf } from '../reads.ts'

/** Names the addresses of servers that the code asks its environment for, and what an example of its .env names, where no Compose file gives any. */
export const needsRule: AppRule = ({ tree, sources, stage, ready }) => {
  if (tree.compose || ready !== undefined) return undefined
  const given = stage?.environment ?? {}
  // An image that names a server has none, where the value is empty, or itself.
  const isOpen = (name: string) => /^$|localhost|127\.0\.0\.1/.test(given[name] ?? '')
  const named = Object.keys(given).map((name) => ({ file: 'Dockerfile', name }))
  const open = [...readsOf(sources), ...named].filter(
    ({ name }) => SERVER.test(name) && !/TEST/.test(name) && isOpen(name),
  )
  const [example = '', text = ''] = Object.entries(sources).find(([file]) => ENV_EXAMPLE.test(file)) ?? []
  const unset = namedIn(text).filter((name) => !given[name] && !open.some((one) => one.name === name))
  return {
    findings: listFindings(
      open.length > 0 &&
        note(
          'environment',
          `the code reads ${some([...new Set(open.map(({ name }) => name))])}, and nothing here says what they are`,
          'where it needs these servers, write a compose.yaml with a service for each and for the application (environment:), then run this again',
          { where: open[0]?.file, confidence: 'likely' },
        ),
      unset.length > 0 &&
        note(
          'environment',
          `${example} names ${some(unset)}: nothing here gives the application these, and no image has its .env`,
          'where it needs them, write a compose.yaml for it (environment:, or env_file: .env), then run this again',
          { where: example, confidence: 'likely' },
        ),
    ),
  }
}

const SERVER =
  /^(\w+_)?(DATABASE|DB|MONGO(DB)?|REDIS|POSTGRES(QL)?|PG|MYSQL|MARIADB|RABBITMQ|AMQP|KAFKA|ELASTIC(SEARCH)?|MEILI(SEARCH)?|MEMCACHED)(_?(URL|URI|HOST|DSN|SERVERS?|BROKERS?|CONNECTION(_STRING)?))$/
