import { log } from '../../cli/io/log.ts'
import type { Config } from '../../config/io/read.ts'
import { isClaimed, wantedOf } from '../claims.ts'
import { awaitCertificate, handOver } from './certificates.ts'
import { changeClaims, readClaims } from './claims.ts'
import { ensureCompanion, proxiesNetwork, type Renewed, renewGate, requireGate } from './gate.ts'
import { attachProxy } from './join.ts'
import { applyClaims } from './runtime.ts'

/** Brings the gate of this engine up, with every project that has joined it. */
export async function bringUp(config: Config): Promise<Renewed> {
  const { GATE } = config
  let renewed: Renewed = { outcome: 'unchanged', cut: 0 }
  await changeClaims(
    config,
    (claims) => claims,
    async (claims) => {
      renewed = await renewGate(config, claims)
      for (const [project, { slot }] of Object.entries(claims)) {
        const address = (await attachProxy(GATE, project))?.networks[proxiesNetwork(GATE)]?.address
        if (address) await applyClaims(await requireGate(GATE), claims, { slot, address })
      }
      if (Object.values(claims).some(({ tls }) => tls !== 'none')) await ensureCompanion(config)
    },
  )
  const claims = readClaims(GATE)
  if (!(config.PROJECT in claims)) return renewed
  // Files of one's own may have changed.
  await awaitCertificate(config, await handOver(config))
  if (!isClaimed(claims, config.PROJECT, wantedOf(config)))
    log.warn('the settings want other names or another certificate than the last deploy: make deploy')
  return renewed
}
