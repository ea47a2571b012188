import { type Claims, hostsOf } from './claims.ts'
import { FOLDER } from './render.ts'

/** What `make gate` has done, and who has which name. */
export function renderGateUp({ outcome, cut }: { outcome: string; cut: number }, gate: string, claims: Claims): string {
  const names = Object.entries(claims).flatMap(([project, { sites }]) => sites.map((site) => `  ${site} → ${project}`))
  const local = Object.values(claims).filter(({ tls }) => tls === 'local')
  const trust =
    local.length === 0
      ? []
      : [
          `to trust the certificates of ${local.flatMap(hostsOf).join(', ')} on this machine:`,
          `  docker exec ${gate}-gate-1 cat ${FOLDER}/local-ca.crt | sudo tee /usr/local/share/ca-certificates/dartagnan.crt`,
          '  sudo update-ca-certificates   (a browser has a list of its own: import the file there; its key never leaves the engine)',
        ]
  return [
    `${outcome}: ${gate}${cut > 0 ? `; ${cut} connections were cut` : ''}`,
    ...(names.length > 0 ? names : ['  no project has joined it yet: set HOSTS, then make deploy']),
    ...trust,
  ].join('\n')
}
