import { posix } from 'node:path'
import { type Finding, missing, note, ok } from './finding.ts'
import type { Service, SourceTree } from './source-tree.ts'

/** The service of a Compose project that becomes `app`, and its name in the Compose file. */
export type WebService = { readonly service: string; readonly spec: Service }

/** Finds the service that becomes `app`: the front server's target, then one with a port, then one with a usual name. */
export function findWeb(
  { root, dir }: SourceTree,
  services: readonly (readonly [string, Service])[],
  passedTo: string | undefined,
): WebService | undefined {
  const built = services.filter(([, { build }]) => build)
  const rank = ([name, { ports = [], build }]: readonly [string, Service]) =>
    (name === passedTo ? 8 : 0) +
    (ports.length > 0 ? 4 : 0) +
    (/^(web|app|www|server|site|api|backend)/.test(name) ? 2 : 0) +
    (build?.context === posix.join(root, dir) ? 1 : 0)
  const [best] = built.toSorted((a, b) => rank(b) - rank(a))
  return best && { service: best[0], spec: best[1] }
}

/** Says which service becomes `app`, and what its build asks for that `make build` does not do. */
export const webFindings = (web: WebService | undefined): Finding[] =>
  web
    ? [
        ok('web', `service ${web.service} becomes service app; the others still reach it as ${web.service}`),
        ...buildFindings(web.spec),
      ]
    : [missing('web', 'no service builds an image', 'set APP_DIR to the folder with the Dockerfile of the web process')]

function buildFindings({ build }: Service): Finding[] {
  const { dockerfile = 'Dockerfile', target, args } = build ?? {}
  return [
    ...(dockerfile === 'Dockerfile'
      ? []
      : [
          missing(
            'Dockerfile',
            `its name is ${dockerfile}`,
            `make build reads only a file named Dockerfile: cp ${dockerfile} Dockerfile, in that folder`,
          ),
        ]),
    ...(target === undefined
      ? []
      : [
          note(
            'Dockerfile',
            `the Compose file builds its stage ${target}`,
            'make build builds the last stage: move the stage that serves to the end',
          ),
        ]),
    ...(args && Object.keys(args).length > 0
      ? [
          note(
            'Dockerfile',
            `the Compose file passes it the build arguments ${Object.keys(args).join(', ')}`,
            'make build does not pass them: write their values as defaults of its ARG lines',
          ),
        ]
      : []),
  ]
}
