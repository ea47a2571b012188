import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import type { Settings } from '../config/settings.ts'

/** How many projects the gate has room for. */
export const SLOTS = 64

const matching = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern))
const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most))
// These values become lines of files that HAProxy and a shell script read.
const CLAIM = v.object({
  slot: v.pipe(whole(SLOTS), v.minValue(1)),
  /** Names, some with a path: `example.com/shop`. */
  sites: v.array(matching(/^[a-z0-9][a-z0-9.-]*(?:\/[\w.~-]+)*$/)),
  www: v.boolean(),
  hsts: whole(63_072_000),
  tls: v.picklist(['none', 'local', 'own', 'acme']),
  acme: v.object({ directory: matching(/^\S+$/), email: matching(/^\S*$/), dns: matching(/^[a-z0-9-]*$/) }),
})
const CLAIMS = v.record(matching(/^[a-z0-9][a-z0-9_-]{0,62}$/), CLAIM)

/** What a project has of the gate: a slot, names, and where its certificate comes from. */
export type Claim = v.InferOutput<typeof CLAIM>
/** What every project has of the gate. */
export type Claims = Readonly<Record<string, Claim>>
/** Whether a file that was read has the form of claims. */
export const isClaims = (value: unknown): value is Claims => v.is(CLAIMS, value)

type Wanted = Omit<Claim, 'slot'>
type GateSettings = Pick<
  Settings,
  | ('HOSTS' | 'WWW_REDIRECT' | 'HSTS' | 'TLS' | 'TLS_CERT_FILE')
  | ('ACME_AGREE' | 'ACME_EMAIL' | 'ACME_DIRECTORY' | 'ACME_DNS')
>

/** What the settings of a project ask of the gate. Throws a Failure where they contradict each other. */
export function wantedOf(settings: GateSettings): Wanted {
  const { HOSTS, ACME_EMAIL, ACME_DIRECTORY, ACME_DNS } = settings
  const tls = tlsOf(settings)
  if (tls === 'acme' && ACME_EMAIL === '')
    throw new Failure('ACME_AGREE=yes needs ACME_EMAIL: the authority writes to it before a certificate ends', {
      next: 'set ACME_EMAIL in .env',
    })
  if (ACME_EMAIL !== '' && tls === 'none')
    throw new Failure(`ACME_EMAIL is set, but nobody has agreed to the terms of ${ACME_DIRECTORY}`, {
      next: 'ACME_AGREE=yes make deploy   (once you have read them)',
    })
  return {
    sites: [...new Set(HOSTS.split(',').filter(Boolean))],
    www: settings.WWW_REDIRECT === 1,
    hsts: settings.HSTS,
    tls,
    acme: { directory: ACME_DIRECTORY, email: ACME_EMAIL, dns: ACME_DNS },
  }
}

function tlsOf({ TLS, TLS_CERT_FILE, ACME_AGREE }: GateSettings): Claim['tls'] {
  if (TLS === 'local') return 'local'
  if (TLS_CERT_FILE !== '') return 'own'
  return ACME_AGREE === 'yes' ? 'acme' : 'none'
}

/** Whether a project has what it wants of the gate. */
export function isClaimed(claims: Claims, project: string, wanted: Wanted): boolean {
  const claim = claims[project]
  return claim !== undefined && isDeepStrictEqual(claim, { ...wanted, slot: claim.slot })
}

/** The claims once a project has what it wants. Throws a Failure where another project has one of its names. */
export function withClaim(claims: Claims, project: string, wanted: Wanted): Claims {
  const others = Object.entries(claims).filter(([name]) => name !== project)
  for (const [name, { sites }] of others) {
    const taken = wanted.sites.find((site) => sites.includes(site))
    if (taken !== undefined)
      throw new Failure(`HOSTS has ${taken}, which the project ${JSON.stringify(name)} of this engine has`, {
        next: `take it out of HOSTS here, or: PROJECT=${name} make down   (where that project is no longer wanted)`,
      })
  }
  const used = new Set(others.map(([, { slot }]) => slot))
  const free = Array.from({ length: SLOTS }, (_, index) => index + 1).find((slot) => !used.has(slot))
  const slot = claims[project]?.slot ?? free
  if (slot === undefined)
    throw new Failure(`the gate has room for ${SLOTS} projects, and as many have joined it`, {
      next: 'make down   (of a project that is no longer wanted)',
    })
  return { ...claims, [project]: { slot, ...wanted } }
}

/** The claims without a project. */
export function withoutClaim(claims: Claims, project: string): Claims {
  const { [project]: _, ...rest } = claims
  return rest
}

/** The host names of a claim, without paths. */
export const hostsOf = ({ sites }: Pick<Claim, 'sites'>): string[] => [
  ...new Set(sites.map((site) => site.split('/')[0] ?? '')),
]
