import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { ContainerState } from '../../docker/container.ts'
import { listContainers } from '../../docker/io/engine.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { SUCCESSOR_LABEL } from '../../docker/labels.ts'
import { keptStates } from '../endpoints.ts'
import {
  holdVariable,
  LIVE_FILE,
  type ProxyState,
  parseLive,
  parseServers,
  renderLive,
  type Server,
  type Slot,
} from '../haproxy.ts'
import type { Color } from '../sets.ts'
import { DOOR, type Place, place, placeOf, servingProxy, statesFor, unplace } from '../successor.ts'

/** A running proxy, asked and changed through HAProxy's runtime API. */
export type RunningProxy = {
  /** Its sets, slots and configuration. */
  readonly readState: () => Promise<ProxyState>
  /** The slots alone: for what is asked again and again. */
  readonly readServers: () => Promise<readonly Server[]>
  /** The process id of the worker that answers: a reload starts another worker. */
  readonly readWorker: () => Promise<string>
  /** Closes slots to new requests. */
  readonly drain: (slots: readonly Slot[]) => Promise<void>
  /** Opens slots to requests. */
  readonly undrain: (slots: readonly Slot[]) => Promise<void>
  /**
   * Lets slots count as up until two checks in a row fail. Docker makes a name known before its address answers (it
   * plugs the network in last), so the first check of a healthy member may fail.
   */
  readonly trust: (slots: readonly Slot[]) => Promise<void>
  /** What a set, given by its alias, answers to GET of a path. */
  readonly ask: (set: string, path: string) => Promise<{ status: number; body: string }>
  /** Sends the requests of the services in `changed` to other sets, all at once, and keeps that over a restart. */
  readonly switchTo: (live: LiveSets, changed: LiveSets) => Promise<void>
  /** Lets the requests of services wait. */
  readonly hold: (services: readonly string[]) => Promise<void>
  /** Lets the waiting requests of services go. */
  readonly unhold: (services: readonly string[]) => Promise<void>
  /** Puts a configuration in place, with what a reload needs. Throws where HAProxy finds it invalid. */
  readonly configure: (text: string, live: LiveSets) => Promise<void>
  /** Leaves what a successor starts with, given by its id: this configuration, and the members as they are. */
  readonly leaveFor: (successor: string, text: string, live: LiveSets) => Promise<void>
  /** Puts a configuration in place as it is: that of a door, or of a gate, which have neither sets nor members. */
  readonly put: (text: string) => Promise<void>
  /** Whether it is no more than a door. */
  readonly isDoor: () => Promise<boolean>
  /** Runs a command of the runtime API. */
  readonly command: (text: string) => Promise<string>
}
type LiveSets = Readonly<Record<string, Color>>

/** The running proxy of a project. Throws a Failure where none runs. */
export async function openProxy(project: string): Promise<RunningProxy> {
  const proxy = servingProxy(await listContainers(project))
  if (!proxy) throw new Failure('the proxy is not running', { next: 'make logs SERVICE=proxy' })
  return proxyOf(proxy)
}

/** The proxy that runs in a container. */
export const proxyOf = ({ id, labels }: ContainerState): RunningProxy => proxyIn(id, labels[SUCCESSOR_LABEL])

/** The proxy that runs in a container, given by the id or name of that, and as which successor, if it is one. */
export function proxyIn(container: string, successor?: string): RunningProxy {
  const { run, config } = placeOf(successor)
  const runtime = (commands: readonly string[]) => `echo '${commands.join('; ')}' | socat -t5 - ${run}/admin.sock`
  // The candidate is checked beside the configuration that is in use.
  const put = (text: string) =>
    `cat > ${config}.new <<'END_OF_CONFIG'\n${text}END_OF_CONFIG\nhaproxy -c -f ${config}.new 2>&1 && mv ${config}.new ${config}`
  const saveStates = (text: string, file: string) =>
    `${runtime(['show servers state'])} | awk '${keptStates(text)}' > ${file}`
  const change = async (script: string) => {
    log.command(`docker exec ${container.slice(0, 12)} sh -c "${script}"`)
    await runInside(container, script)
  }
  const setState = async (slots: readonly Slot[], state: 'ready' | 'drain') => {
    if (slots.length > 0) await change(runtime(slots.map((slot) => `set server ${nameOf(slot)} state ${state}`)))
  }
  const setHold = async (services: readonly string[], hold: 0 | 1) =>
    await change(
      runtime(['experimental-mode on', ...services.map((service) => `set var ${holdVariable(service)} int(${hold})`)]),
    )
  return {
    readState: async () => await readState(container, { run, config }),
    readServers: async () => {
      const [states = '', stats = ''] = await answersOf(container, runtime(SERVERS))
      return parseServers(states, stats)
    },
    readWorker: async () => await runInside(container, `${runtime(['show info'])} | sed -n "s/^Pid: //p"`),
    drain: async (slots) => await setState(slots, 'drain'),
    undrain: async (slots) => await setState(slots, 'ready'),
    trust: async (slots) => {
      await runInside(container, runtime(slots.map((slot) => `set server ${nameOf(slot)} health up`)))
    },
    ask: async (set, path) => {
      const request = `printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\nAccept: */*\\r\\nX-Set: ${set}\\r\\n\\r\\n'`
      // An application may answer without end.
      const answer = await runInside(
        container,
        `${request} | socat -t5 - UNIX-CONNECT:${run}/probe.sock,readbytes=65536`,
      )
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      return { status: Number(head.split(' ')[1] ?? 0), body }
    },
    switchTo: async (live, changed) => {
      const sets = Object.entries(changed).map(([service, color]) => `set map ${LIVE_FILE} ${service} ${color}`)
      await change(`${writeFile(LIVE_FILE, renderLive({ ...live, ...changed }))} && ${runtime(sets)}`)
    },
    hold: async (services) => await setHold(services, 1),
    unhold: async (services) => await setHold(services, 0),
    configure: async (text, live) => {
      const written = writeFile(LIVE_FILE, renderLive(live))
      await runInside(container, `${put(place(text, successor))} && ${written}`)
      await runInside(container, saveStates(text, `${run}/servers.state`))
    },
    leaveFor: async (other, text, live) => {
      const file = `cat > ${placeOf(other).config} <<'END_OF_CONFIG'\n${place(text, other)}END_OF_CONFIG\n`
      await runInside(container, `${file}${writeFile(LIVE_FILE, renderLive(live))}`)
      await runInside(container, saveStates(text, statesFor(other)))
    },
    put: async (text) => {
      await runInside(container, put(text))
    },
    isDoor: async () => (await runInside(container, runtime(['show stat -1 1 -1']))).includes(`\n${DOOR},FRONTEND,`),
    command: async (text) => await runInside(container, runtime([text])),
  }
}

const SERVERS = ['show servers state', 'show stat -1 4 -1']
const nameOf = ({ service, color, name }: Slot) => `${service}-${color}/${name}`

// Gives the answers to `show servers state` and what was asked after it. A proxy that hangs, or whose socket is gone, says
// nothing: that must not read as a proxy without members. One that has just been started has no socket for a moment.
async function answersOf(container: string, script: string): Promise<string[]> {
  let said = ''
  const answers = await waitFor(async () => {
    said = await runInside(container, `${script} || true`)
    return said.startsWith('1\n# be_id ') && said.split('\n\n')
  }, 10)
  if (answers) return answers
  throw new Failure('the proxy does not answer on its runtime socket', {
    detail: /^.* socat\[.*$/m.exec(said)?.[0] ?? '',
    next: 'make logs SERVICE=proxy, then: make down deploy   (replaces it; nothing serves meanwhile)',
  })
}

async function readState(container: string, { run, config: file }: Place): Promise<ProxyState> {
  // One question, as a process for each would cost milliseconds: the answers are a blank line apart.
  const holds = `$(cut -d ' ' -f 1 ${LIVE_FILE} | tr - . | sed 's/.*/; get var proc.hold_&/' | tr -d '\\n')`
  const asks = `${SERVERS.join('; ')}; show map ${LIVE_FILE}; experimental-mode on${holds}`
  const [states = '', stats = '', map = '', ...rest] = await answersOf(
    container,
    `echo "${asks}" | socat -t5 - ${run}/admin.sock && echo @@ && cat ${file}`,
  )
  const [variables = '', config = ''] = rest.join('\n\n').split('@@\n')
  const live = parseLive(map)
  const held = Object.keys(live).filter((name) => variables.includes(`${holdVariable(name)}: type=sint value=<1>`))
  return { live, held, servers: parseServers(states, stats), config: unplace(config) }
}

// Whole or not at all: a file in two states is worse than none.
const writeFile = (path: string, text: string) =>
  `printf '%s' '${text}' > ${path}.new && sync ${path}.new && mv ${path}.new ${path}`
