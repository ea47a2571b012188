import './skip-unused-clients.ts'
import Dockerode from 'dockerode'
import { setVariable, variable } from '../../cli/io/environment.ts'

// Reads go through the engine's API; every change is printed as a command. The toolkit's container runs on the engine's host,
// also with ENGINE=: its clock is the engine's.
/** The path of the socket of this host's engine. */
export const ownSocket = (variable('DOCKER_HOST') ?? '').replace(/^unix:\/\//, '') || '/var/run/docker.sock'
/** The path of the socket of `engine`. */
export let socketPath = ownSocket
/** The engine. No call may wait for ever: a socket silent for this long is an error. */
export const engine = new Dockerode({ socketPath, timeout: 30_000 })
/** As `engine`, for calls that take long or never end. */
export const patient = new Dockerode({ socketPath })
/** The engine of this host, also while `engine` is that of another node: a swarm is changed through it. */
export const manager = new Dockerode({ socketPath, timeout: 30_000 })

/** Does `work` on the engine behind another socket, by `engine`, `patient` and Docker's client. One at a time. */
export async function atEngine<T>(socket: string, work: () => Promise<T>): Promise<T> {
  const before = socketPath
  turn(socket)
  try {
    return await work()
  } finally {
    turn(before)
  }
}

function turn(path: string): void {
  socketPath = path
  // docker-modem keeps the path that it has asked for first.
  for (const { modem } of [engine, patient]) Object.assign(modem, { socketPath: path, socketPathCache: path })
  setVariable('DOCKER_HOST', `unix://${path}`)
}
