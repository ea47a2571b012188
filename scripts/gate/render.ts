import type { Settings } from '../config/settings.ts'
import { stateRows } from '../proxy/haproxy.ts'
import { type Claim, type Claims, hostsOf, SLOTS } from './claims.ts'

/** Where the gate keeps its configuration, its maps and the certificates. */
export const FOLDER = '/usr/local/etc/haproxy'
/** What the gate's DNS calls the proxy of a project. No container has a name with a dot from Compose. */
export const aliasOf = (project: string): string => `${project}.gate`
/** The maps of names: name and path → project@slot, name → name without www, name → seconds of HSTS, project → slot. */
export const MAPS = ['names.map', 'bare.map', 'hsts.map', 'slots.map'] as const

/** What the settings say of the gate: the ports that browsers see, and the most that one address may do. */
export type Facing = Pick<Settings, 'GATE_HTTP_PORT' | 'GATE_HTTPS_PORT' | 'GATE_MAX_CONNECTIONS' | 'GATE_MAX_RATE'>

/** The gate's configuration: its template with what the settings say, and a slot for each project. */
export function renderConfig(template: string, facing: Facing, claims: Claims): string {
  const { GATE_HTTP_PORT: http, GATE_HTTPS_PORT: https } = facing
  const config = template
    .replaceAll('@HTTPS_PORT', https === 443 ? '' : `:${https}`)
    .replaceAll('@HTTP_PORT', http === 80 ? '' : `:${http}`)
    .replaceAll('@MAX_CONNECTIONS', String(facing.GATE_MAX_CONNECTIONS))
    .replaceAll('@MAX_RATE', String(facing.GATE_MAX_RATE))
  return withSlots(config, claims)
}

const SLOT_LINES = '\n# The slots of projects.\n'
/** A gate's configuration with the slots that those claims ask for. */
export const withSlots = (config: string, claims: Claims): string =>
  `${config.split(SLOT_LINES)[0]}${SLOT_LINES}${renderSlots(claims)}`

/** The files that follow from the claims, by name. */
export function renderFiles(claims: Claims): Record<string, string> {
  const all = Object.entries(claims).toSorted(([one], [other]) => one.localeCompare(other))
  const lines = (of: (claim: Claim, project: string) => readonly string[]) =>
    all.flatMap(([project, claim]) => of(claim, project).map((line) => `${line}\n`)).join('')
  return {
    'names.map': lines(({ sites, slot }, project) => sites.map((site) => `${site}/ ${project}@slot-${slot}`)),
    'bare.map': lines(bareOf),
    'hsts.map': lines((claim) => (claim.hsts > 0 ? hostsOf(claim).map((host) => `${host} ${claim.hsts}`) : [])),
    'slots.map': lines(({ slot }, project) => [`${project} slot-${slot}`]),
    // The companion reads this one.
    wanted: lines((claim, project) => {
      const { directory, email, dns } = claim.acme
      const row = [project, claim.tls, hostsOf(claim).join(','), directory, email || '-', dns || '-']
      return claim.tls === 'none' ? [] : [row.join(' ')]
    }),
  }
}

const bareOf = ({ sites, www }: Claim) =>
  www ? sites.filter((site) => sites.includes(`www.${site}`)).map((site) => `www.${site} ${site}`) : []

function renderSlots(claims: Claims): string {
  const options = 'send-proxy-v2 resolvers docker resolve-prefer ipv4'
  return Array.from({ length: SLOTS }, (_, index) => {
    const [project] = Object.entries(claims).find(([, { slot }]) => slot === index + 1) ?? []
    // A server needs an address: nobody has this one. At its first name, the runtime API replaces it.
    const server =
      project === undefined
        ? `192.0.2.1:8080 disabled ${options}`
        : `${aliasOf(project)}:8080 ${options} init-addr last,none`
    return `backend slot-${index + 1}\n  server proxy ${server}\n`
  }).join('')
}

/** What the gate says of a slot. */
export type Slot = { readonly name: string; readonly alias: string; readonly address: string; readonly ready: boolean }

const BY_HAND = 0x01
/** Reads the slots from the answer to `show servers state`. */
export function parseSlots(states: string): Slot[] {
  const given = (cell = '-') => cell.replace(/^-$/, '')
  return stateRows(states).flatMap(
    ({ be_name: name = '', srv_addr: address, srv_fqdn: alias, srv_admin_state: admin }) =>
      /^slot-\d+$/.test(name)
        ? [{ name, alias: given(alias), address: given(address), ready: (Number(admin) & BY_HAND) === 0 }]
        : [],
  )
}

/** The commands that name the proxy of each project to its slot, and close the slots of projects that have left. */
export function slotCommands(claims: Claims, slots: readonly Slot[]): { before: string[]; after: string[] } {
  const wanted = new Map(Object.entries(claims).map(([project, { slot }]) => [`slot-${slot}`, aliasOf(project)]))
  const renamed = slots.filter(({ name, alias }) => wanted.has(name) && wanted.get(name) !== alias)
  const left = slots.filter(({ name, ready }) => ready && !wanted.has(name))
  return {
    before: renamed.flatMap(({ name }) => [
      `set server ${name}/proxy state maint`,
      `set server ${name}/proxy fqdn ${wanted.get(name)}`,
    ]),
    after: left.map(({ name }) => `set server ${name}/proxy state maint`),
  }
}
