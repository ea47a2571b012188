import { log } from '../../cli/io/log.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import {
  holdVariable,
  keptStates,
  LIVE_FILE,
  type ProxyState,
  parseLive,
  parseServers,
  renderLive,
  type Server,
  type Slot,
} from '../haproxy.ts'
import type { Color } from '../sets.ts'

/** Where the configuration lies in the proxy's container, and where a reload finds the members. */
export const CONFIG_FILE = '/usr/local/etc/haproxy/haproxy.cfg'
const STATES_FILE = '/run/haproxy/servers.state'
const SOCKET = '/run/haproxy/admin.sock'
const PROBE = '/run/haproxy/probe.sock'

const SERVERS = 'show servers state; show stat -1 4 -1'
const runtime = (command: string) => `echo '${command}' | socat -t5 - ${SOCKET}`

/** What a running proxy says of its sets, slots and configuration. */
export async function readProxy(container: string): Promise<ProxyState> {
  // One question, as a process for each would cost milliseconds: the answers are a blank line apart.
  const holds = `$(cut -d ' ' -f 1 ${LIVE_FILE} | tr - . | sed 's/.*/; get var proc.hold_&/' | tr -d '\\n')`
  const asks = `${SERVERS}; show map ${LIVE_FILE}; experimental-mode on${holds}`
  const answer = await runInside(container, `echo "${asks}" | socat -t5 - ${SOCKET}; echo @@; cat ${CONFIG_FILE}`)
  const [said = '', config = ''] = answer.split('@@\n')
  const [states = '', stats = '', map = '', ...variables] = said.split('\n\n')
  const live = parseLive(map)
  const held = Object.keys(live).filter((name) =>
    variables.join().includes(`${holdVariable(name)}: type=sint value=<1>`),
  )
  return { live, held, servers: parseServers(states, stats), config }
}

/** The slots alone: for what is asked again and again. */
export async function readServers(container: string): Promise<readonly Server[]> {
  const [states = '', stats = ''] = (await runInside(container, runtime(SERVERS))).split('\n\n')
  return parseServers(states, stats)
}

/** Closes slots to new requests, or opens them. */
export async function setSlots(container: string, slots: readonly Slot[], state: 'ready' | 'drain'): Promise<void> {
  const commands = slots.map(({ service, color, name }) => `set server ${service}-${color}/${name} state ${state}`)
  if (commands.length > 0) await change(container, runtime(commands.join('; ')))
}

/**
 * Lets slots count as up until two checks in a row fail. Names are known before addresses answer (the engine plugs the
 * network in last), so the first check of a member that is well may fail.
 */
export async function trustSlots(container: string, slots: readonly Slot[]): Promise<void> {
  const commands = slots.map(({ service, color, name }) => `set server ${service}-${color}/${name} health up`)
  await runInside(container, runtime(commands.join('; ')))
}

/** What a set answers to GET, asked through the proxy. */
export async function askSet(container: string, set: string, path: string): Promise<{ status: number; body: string }> {
  const request = `printf 'GET ${path} HTTP/1.0\\r\\nX-Set: ${set}\\r\\n\\r\\n'`
  const answer = await runInside(container, `${request} | socat -t5 - UNIX-CONNECT:${PROBE}`)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { status: Number(head.split(' ')[1] ?? 0), body }
}

/** Sends the requests of services to other sets, all at once, and so that the proxy knows after a restart. */
export async function switchLive(
  container: string,
  live: Readonly<Record<string, Color>>,
  changed: Readonly<Record<string, Color>>,
): Promise<void> {
  const sets = Object.entries(changed).map(([service, color]) => `set map ${LIVE_FILE} ${service} ${color}`)
  await change(container, `${writeFile(LIVE_FILE, renderLive({ ...live, ...changed }))} && ${runtime(sets.join('; '))}`)
}

/** Lets the requests of services wait, or go. */
export async function setHold(container: string, services: readonly string[], hold: boolean): Promise<void> {
  const sets = services.map((service) => `set var ${holdVariable(service)} int(${hold ? 1 : 0})`)
  await change(container, runtime(['experimental-mode on', ...sets].join('; ')))
}

/** The number of the worker that answers: another one after a reload. */
export const readWorker = (container: string): Promise<string> =>
  runInside(container, `${runtime('show info')} | sed -n "s/^Pid: //p"`)

/** Puts a configuration that HAProxy finds valid in its place, and what a reload needs beside it. Throws where it is not. */
export async function putConfig(container: string, text: string, live: Readonly<Record<string, Color>>): Promise<void> {
  const candidate = `${CONFIG_FILE}.new`
  await runInside(
    container,
    [
      `cat > ${candidate} <<'END_OF_CONFIG'\n${text}END_OF_CONFIG\n`,
      `haproxy -c -f ${candidate} 2>&1 && ${writeFile(LIVE_FILE, renderLive(live))}`,
      ` && mv ${candidate} ${CONFIG_FILE} && ${runtime('show servers state')} | awk '${keptStates(text)}' > ${STATES_FILE}`,
    ].join(''),
  )
}

// Whole or not at all: a file in two states is worse than none.
const writeFile = (path: string, text: string) =>
  `printf '%s' '${text}' > ${path}.new && sync ${path}.new && mv ${path}.new ${path}`

async function change(container: string, script: string): Promise<void> {
  log.command(`docker exec ${container.slice(0, 12)} sh -c "${script}"`)
  await runInside(container, script)
}
