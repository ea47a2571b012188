import { Failure } from '../../cli/failure.ts'
import { log } from '../../cli/io/log.ts'
import { waitFor } from '../../cli/io/wait.ts'
import type { ContainerState } from '../../docker/container.ts'
import { runInside } from '../../docker/io/open-shell.ts'
import type { Claims } from '../claims.ts'
import { FOLDER, MAPS, parseSlots, renderFiles, type Slot, slotCommands } from '../render.ts'

// HAProxy's runtime API changes the running gate; the same is in files first, for its next start.
const SOCKET = '/run/gate/admin.sock'

const say = (command: string) => `echo '${command}' | socat -t5 - ${SOCKET}`

/** The proxy that is to be reached before its names are: the project's slot, and its address on the gate's network. */
export type Expected = { readonly slot: number; readonly address: string }

/** Lets the running gate send requests as the claims say. Names change all at once, once `expected` is reached. */
export async function applyClaims({ id }: ContainerState, claims: Claims, expected?: Expected): Promise<void> {
  await writeFiles(id, renderFiles(claims))
  const { before, after } = slotCommands(claims, await readSlots(id))
  if (before.length > 0) await change(id, before.map(say))
  if (expected) await openSlot(id, expected)
  await change(id, MAPS.map(replaceMap))
  if (after.length > 0) await change(id, after.map(say))
}

/** Writes files of the gate's volume, each whole or not at all. */
export async function writeFiles(id: string, files: Readonly<Record<string, string>>, mode = '644'): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = `${FOLDER}/${name}`
    const put = `chmod ${mode} ${path}.new && sync ${path}.new && mv ${path}.new ${path}`
    await runInside(id, `(umask 077; cat > ${path}.new) <<'END_OF_FILE'\n${text}END_OF_FILE\n${put}`)
  }
}

/** Lets HAProxy load a new configuration. Where it cannot, the former worker stays. */
export async function reloadGate(id: string): Promise<void> {
  const readWorker = () => runInside(id, `${say('show info')} | sed -n "s/^Pid: //p"`)
  const former = await readWorker()
  await runInside(id, `${say('show servers state')} > /run/gate/servers.state`)
  await runInside(id, `cd ${FOLDER} && haproxy -c -f haproxy.cfg -f slots.cfg 2>&1 && kill -USR2 1`)
  if (!(await waitFor(async () => (await readWorker().catch(() => former)) !== former, 20)))
    throw new Failure('the gate did not take its new configuration', { next: 'make logs SERVICE=gate' })
}

async function change(id: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) log.command(`docker exec ${id.slice(0, 12)} sh -c "${command.split('\n')[0]}"`)
  await runInside(id, commands.join('\n'))
}

// Whole, so that no request meets half of it.
const replaceMap = (name: (typeof MAPS)[number]) => {
  const map = `${FOLDER}/${name}`
  return [
    `v=$(echo 'prepare map ${map}' | socat -t5 - ${SOCKET} | sed -n 's/^New version created: //p'); ` +
      `[ ! -s ${map} ] || { echo "add map @$v ${map} <<"; cat ${map}; echo; } | socat -t5 - ${SOCKET}; ` +
      `echo "commit map @$v ${map}" | socat -t5 - ${SOCKET}`,
  ].join('')
}

const readSlots = async (id: string): Promise<Slot[]> => parseSlots(await runInside(id, say('show servers state')))

async function openSlot(id: string, { slot, address }: Expected): Promise<void> {
  const name = `slot-${slot}`
  const isThere = (one: Slot) => one.name === name && one.address === address
  if (!(await waitFor(async () => (await readSlots(id)).some(isThere), 10)))
    throw new Failure(`the gate does not find the project's proxy at ${address}`, {
      next: 'make gate, then: make deploy',
    })
  await runInside(id, say(`set server ${name}/proxy state ready`))
}
