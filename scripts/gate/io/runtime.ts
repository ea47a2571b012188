import { basename } from 'node:path'
import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { ContainerState } from '../../docker/container.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import { SUCCESSOR_LABEL } from '../../docker/labels.ts'
import { reload } from '../../proxy/io/reload.ts'
import { proxyOf } from '../../proxy/io/runtime.ts'
import { placeOf, statesFor } from '../../proxy/successor.ts'
import type { Claims } from '../claims.ts'
import { FOLDER, MAPS, parseSlots, renderFiles, type Slot, slotCommands, withSlots } from '../render.ts'

// HAProxy's runtime API changes the running gate; the same is in files first, for its next start.
const place = ({ labels }: ContainerState) => placeOf(labels[SUCCESSOR_LABEL])
const socketOf = (gate: ContainerState) => `${place(gate).run}/admin.sock`
const sayTo = (gate: ContainerState) => (command: string) => `echo '${command}' | socat -t5 - ${socketOf(gate)}`

/** The proxy that is to be reached before its names are: the project's slot, and its address on the gate's network. */
export type Expected = { readonly slot: number; readonly address: string }

/** Lets the running gate send requests as the claims say. Names change all at once, once `expected` is reached. */
export async function applyClaims(gate: ContainerState, claims: Claims, expected?: Expected): Promise<void> {
  const { id } = gate
  const config = await readConfig(gate)
  const slots = withSlots(config, claims)
  await writeFiles(id, {
    ...renderFiles(claims),
    ...(slots === config ? {} : { [basename(place(gate).config)]: slots }),
  })
  const { before, after } = slotCommands(claims, await readSlots(gate))
  const say = sayTo(gate)
  if (before.length > 0) await change(id, before.map(say))
  if (expected) await openSlot(gate, expected)
  await change(
    id,
    MAPS.map((name) => replaceMap(name, socketOf(gate))),
  )
  if (after.length > 0) await change(id, after.map(say))
}

/** The configuration of a gate, as its next start reads it. */
export const readConfig = (gate: ContainerState): Promise<string> => runInside(gate.id, `cat ${place(gate).config}`)

/** Writes files of the gate's volume, each whole or not at all. */
export async function writeFiles(id: string, files: Readonly<Record<string, string>>, mode = '644'): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${FOLDER}/${name}`
    const put = `chmod ${mode} ${path}.new && sync ${path}.new && mv ${path}.new ${path}`
    await runInside(id, `(umask 077; cat > ${path}.new) <<'END_OF_FILE'\n${text}END_OF_FILE\n${put}`)
  }
}

/** Gives a running gate another configuration, without dropping a connection. */
export async function configureGate(gate: ContainerState, config: string): Promise<void> {
  await proxyOf(gate).put(config)
  await saveStates(gate, `${place(gate).run}/servers.state`)
  await reload(gate)
}

/** Leaves what a successor starts with: this configuration, and the addresses of the projects as they are. */
export async function leaveFor(gate: ContainerState, successor: string, config: string): Promise<void> {
  await writeFiles(gate.id, { [basename(placeOf(successor).config)]: config })
  await saveStates(gate, statesFor(successor))
}

const saveStates = (gate: ContainerState, file: string) =>
  runInside(gate.id, `${sayTo(gate)('show servers state')} > ${file}`)

async function change(id: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) log.command(`docker exec ${id.slice(0, 12)} sh -c "${command.split('\n')[0]}"`)
  await runInside(id, commands.join('\n'))
}

// Whole, so that no request meets half of it.
const replaceMap = (name: (typeof MAPS)[number], socket: string) => {
  const map = `${FOLDER}/${name}`
  return [
    `v=$(echo 'prepare map ${map}' | socat -t5 - ${socket} | sed -n 's/^New version created: //p'); ` +
      `[ ! -s ${map} ] || { echo "add map @$v ${map} <<"; cat ${map}; echo; } | socat -t5 - ${socket}; ` +
      `echo "commit map @$v ${map}" | socat -t5 - ${socket}`,
  ].join('')
}

const readSlots = async (gate: ContainerState): Promise<Slot[]> =>
  parseSlots(await runInside(gate.id, sayTo(gate)('show servers state')))

async function openSlot(gate: ContainerState, { slot, address }: Expected): Promise<void> {
  const name = `slot-${slot}`
  const isThere = (one: Slot) => one.name === name && one.address === address
  if (!(await waitFor(async () => (await readSlots(gate)).some(isThere), 10)))
    throw new Failure(`the gate does not find the project's proxy at ${address}`, {
      next: 'make gate, then: make deploy',
    })
  await runInside(gate.id, sayTo(gate)(`set server ${name}/proxy state ready`))
}
