import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

type Mount = { type: string; source: string; target: string; read_only?: boolean }
type Toolkit = Readonly<Record<string, unknown>> & { labels: object; environment: string[]; volumes: Mount[] }

const { toolkit } = (parse(readFileSync('compose/toolkit.yaml', 'utf8')) as { services: { toolkit: Toolkit } }).services

/** The arguments of `docker run` that caller.sh makes for `make status`. */
function readArgv(env: Record<string, string> = {}): string[] {
  const script = `. scripts/setup/caller.sh status; printf "%s\\0" "\${TOOLKIT[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-euc', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...env },
  })
  expect(stderr).toBe('')
  return stdout.split('\0').slice(0, -1)
}
const valuesOf = (argv: readonly string[], option: string) =>
  argv.flatMap((word, index) => (argv[index - 1] === option ? [word] : []))

test('docker run must make the container that its Compose file describes', () => {
  const argv = readArgv()
  const names = (list: readonly string[]) => list.map((line) => line.replace(/=.*/s, ''))
  expect(names(valuesOf(argv, '--env'))).toEqual(names(toolkit.environment))
  expect(valuesOf(argv, '--env')).toContain('DOCKER_HOST=unix:///var/run/docker.sock')
  const targets = valuesOf(argv, '--mount').map((mount) => /target=([^",]+)/.exec(mount)?.[1] ?? '')
  expect(targets).toHaveLength(toolkit.volumes.length)
  expect(targets).toContain('/var/run/docker.sock')
  const locked = valuesOf(argv, '--mount').filter((mount) => mount.endsWith(',readonly'))
  expect(locked).toHaveLength(toolkit.volumes.filter(({ read_only }) => read_only).length)
  const [user, memory, pids] = ['--user', '--memory', '--pids-limit'].map((option) => valuesOf(argv, option)[0])
  expect([memory, Number(pids)]).toEqual([toolkit['mem_limit'], toolkit['pids_limit']])
  expect(user).toMatch(/^\d+:\d+$/)
  expect(valuesOf(argv, '--network')).toEqual([toolkit['network_mode']])
  expect(valuesOf(argv, '--pull')).toEqual([toolkit['pull_policy']])
  expect(argv.includes('--init')).toBe(toolkit['init'])
  // Each key of the file is one of these: a new one has to be given to `docker run`, too.
  expect(Object.keys(toolkit).sort()).toEqual(
    'environment group_add image init labels mem_limit network_mode pids_limit pull_policy user volumes working_dir'.split(
      ' ',
    ),
  )
})

test('what a user has set must reach no argument but as a part of a path', () => {
  const argv = readArgv({
    PORT: '1; touch x',
    CALLER: '$(id)',
    REGISTRY_USER: '$HOME',
    NPM_CONFIG_USERCONFIG: '/tmp/.',
  })
  expect(argv.join('\n')).not.toMatch(/touch|\$|uid=/)
  expect(valuesOf(argv, '--mount')).toContainEqual('type=bind,"source=/tmp/.","target=/etc/npmrc",readonly')
})
