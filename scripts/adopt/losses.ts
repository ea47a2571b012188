import type { Finding } from './finding.ts'

// What a proposal may lack of a Compose project, and what is said of it. A row without words is harmless, for the reason
// above it. What no row and no finding names is said to be unknown: that is how nothing gets lost without a word.

/** A row about the leaves whose `path=value` it matches, from the service or the part on. */
export type Loss = { readonly is: RegExp; readonly said?: Pick<Finding, 'found' | 'mend' | 'verdict'> }
const harmless = (is: RegExp): Loss => ({ is })
const note = (is: RegExp, found: string, mend: string): Loss => ({ is, said: { found, mend, verdict: 'note' } })
const missing = (is: RegExp, found: string, mend: string): Loss => ({ is, said: { found, mend, verdict: 'missing' } })

/** What becomes of HTTPS: the toolkit's front door has it. */
export const GATE = 'give its names to HOSTS: the gate has port 443 and the certificates (docs/guides/front-door.md)'
const TLS = note(/^ports\[\d*443\//, 'HTTPS ends before the release, which speaks HTTP', GATE)

// Nothing is what a container has anyway, and extensions are read by the author's own tools.
const NOTHING = [harmless(/^(?!environment|build\.args).*=(null|false)$/), harmless(/^(build\.)?x-/)]

const SERVICE: readonly Loss[] = [
  ...NOTHING,
  // The release decides these itself: how a service starts again, is replaced, and is called on its one network.
  harmless(/^(?!networks\S+\.ipv[46]_address=)(restart|container_name|init|attach|profiles|networks)\b/),
  harmless(/^deploy\.(mode=replicated$|endpoint_mode|restart_policy|update_config|rollback_config)/),
  note(
    // Who only started after it had to wait by itself until it answers.
    /^depends_on\.app\.condition=(?!service_started)/,
    'it waited for the application: in the release all others start before that',
    'let it try again by itself until the application answers: one that ends instead fails the test and the deploy',
  ),
  // Compose makes it of a link, whose container has another address once it is replaced. A name in the release has not.
  harmless(/^depends_on\.app\.restart\b/),
  harmless(/^depends_on\S+\.(required=true|condition=service_started)$/),
  // All ports are open to the other services, `links` are aliases, and `env_file` has become the environment.
  harmless(/^(expose|links|env_file)\b/),
  // A version has one image, and one engine has one platform; a lock or a tag decides which, and nothing pulls another.
  harmless(/^(pull_policy|platform=linux\/)/),
  harmless(/^build\.(cache_from|cache_to|no_cache|pull|tags|labels|shm_size|ulimits|platforms|args\S+=null)/),
  // `make dev` has a file of its own, and a folder or file that is not there is made by nobody.
  harmless(/^develop\b|^volumes\S+\.(bind\.create_host_path|bind\.selinux|consistency|volume\.nocopy)=/),
  // BIND is the address of the host, and these say how Swarm and other tools see a port.
  harmless(/^ports\S+\.(mode|name|app_protocol|host_ip=(0\.0\.0\.0|::)$)/),
  // The release has these for all services.
  harmless(/^security_opt\W?no-new-privileges(:true)?\b|^logging\.(driver=(json-file|local)$|options)/),
  harmless(/^cap_drop\.(?!(CAP_)?(ALL|CHOWN|DAC_OVERRIDE|FOWNER|KILL|NET_BIND_SERVICE|SETGID|SETUID)\b)/),
  // These say who may be reached: other rules and the proxy do that.
  harmless(/^labels\[?\.?(com\.docker|org\.(dartagnan|opencontainers|label-schema))[.-]/),
  missing(
    /^networks\S+\.ipv[46]_address=/,
    'a fixed address, which the release does not have: what names it reaches nothing',
    'use the name of the service instead, in configuration, environment and commands',
  ),
  note(
    /^cap_drop/,
    'the release drops all capabilities, and gives back those in compose/beside.yaml',
    'for a service that needs none: cap_add: !reset [] in the proposed file',
  ),
  note(
    /^(labels|deploy\.labels)\b/,
    'labels are left out',
    'where a program on this host acts on them, add them to the service',
  ),
  note(
    /^environment\S+=null/,
    'left out, because only the host would say what it is',
    'for one that it needs, give it a value in the proposed file, and a secret one in .env',
  ),
  TLS,
  note(
    /^ports\b/,
    'not published: the other services reach it, and what calls it from outside, such as a browser, no longer does',
    'where something outside has to reach it, add ports: to it in the proposed file',
  ),
  missing(
    /^build\.additional_contexts/,
    'left out, and the build may need it: a build takes one folder, and images of other services',
    'in the Compose file, let context: be a folder around both, and dockerfile: name the Dockerfile from there; let COPY take the paths from there, without --from; then run this again',
  ),
  note(
    /^build\.network=host$/,
    'left out: a build has a network of its own, with the way out',
    'where it asks something on this host, let the Dockerfile do without it',
  ),
  missing(
    /^build\.(secrets|ssh|dockerfile_inline|network|entitlements|privileged|extra_hosts)/,
    'left out, and the build may need it: all of a build comes from git',
    'let the Dockerfile do without it',
  ),
  note(
    /^logging\b/,
    'left out: make logs reads what a container prints',
    'nothing to do, unless a program on this host collects it',
  ),
  missing(
    /^network_mode=host$/,
    'left out: the services of a release have a network of their own',
    'take it out of the Compose file, and run this again: it reaches other services by their names, and this host as host.docker.internal (extra_hosts: ["host.docker.internal:host-gateway"])',
  ),
  missing(
    /^volumes_from\b/,
    'left out: what the other service mounts is not mounted here',
    'write these volumes: in this service as well, and run this again',
  ),
  missing(
    /^(privileged|security_opt|devices|device_cgroup_rules|network_mode|pid|ipc|uts|userns_mode|cgroup|external_links|deploy|gpus|runtime|networks)/,
    'left out',
    'read what it allows, then add it where the service needs it',
  ),
]

const FRONT: readonly Loss[] = [
  ...NOTHING,
  // What is read of it, or belongs to a program that no longer runs: certificates, its own files, and how it started.
  harmless(/^(?!environment|volumes|ports|labels|extra_hosts)/),
  TLS,
  note(
    /^volumes\S*logs?\b\S*\.target=/i,
    'no log of requests is written there any more',
    'behind the gate, make logs SERVICE=gate shows the requests (docs/guides/front-door.md); else the same command with SERVICE= and its name before it: the web server stays',
  ),
  harmless(/^ports\S+\.(target|published|protocol|mode|host_ip)=(80|443|tcp|udp|ingress|8080|8443|0\.0\.0\.0)?/),
  harmless(
    /^volumes\S*(conf|nginx|caddy|traefik|certs?|ssl|acme|letsencrypt|html|logs?|cache|docker\.sock|\/data|\/config)/i,
  ),
  note(/(?:)/, 'left out with this web server', 'give it to the service that needs it, in the proposed file'),
]

const APART = 'what else is on it is no longer reached, and no longer reaches this release'
const AS_EXTERNAL =
  'where that is needed, add it to the networks of these services, and to networks: with external: true'
const NETWORKS: readonly Loss[] = [
  ...NOTHING,
  harmless(/^[^=]+\.(attachable|labels\S*|driver)=(?!overlay|macvlan|ipvlan|host)/),
  missing(/\.external=true/, `it is another project’s: ${APART}`, AS_EXTERNAL),
  note(
    /\.internal=true/,
    'it had no way out; the one network of the release has',
    'set APP_INTERNAL=true where no service needs the internet',
  ),
  note(/\.name=/, `it has a name of its own: ${APART}`, AS_EXTERNAL),
  note(/(?:)/, 'left out: a release has one network', 'where addresses are fixed, use the names of services'),
]

const FILES = [...NOTHING, harmless(/\.(name|labels\S*)=/)]

/** What no row is about. */
export const UNKNOWN = missing(
  /(?:)/,
  'no rule of adopt looks at it, and the proposal lacks it, or has another value',
  'where the service needs it, add it to the proposed file',
)

/** The rows for a service, the web server whose place the proxy takes, and each other part of a Compose project. */
export const LOSSES = {
  service: SERVICE,
  front: FRONT,
  networks: NETWORKS,
  // The names of volumes begin with that of the project; the commands of a take-over know the old ones.
  volumes: [...NOTHING, harmless(/\.(name|driver=local|labels\S*)(=|$)/)],
  ...{ secrets: FILES, configs: FILES },
  '.env': [
    note(
      /(?:)/,
      'nothing in the Compose file reads it, and no image has this file',
      'where the application reads .env itself, name it in env_file: of its service, and run this again',
    ),
  ],
} as const satisfies Readonly<Record<string, readonly Loss[]>>
