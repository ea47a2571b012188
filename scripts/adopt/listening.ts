import type { Variables } from '../config/settings.ts'
import type { Stage } from '../image/dockerfile.ts'
import { findAll, type Guess, isWebServer, keepFiles, keepFlask, type Sources, springSetting } from './guess.ts'
import { CODE, type Service, textsOf } from './source-tree.ts'

// The port that an application listens on.

// Ports of protocols that are not HTTP, for clients of other hosts: files, mail, names, messages of devices, desktops, tunnels, games.
const FOR_CLIENTS = [21, 22, 23, 25, 53, 110, 143, 465, 587, 993, 995, 1194, 1883, 3389, 4190, 25_565, 51_820]
// And those for programs: directories, databases, queues.
const NOT_HTTP = [
  ...[...FOR_CLIENTS, 389, 636, 1433, 1521, 2181, 3306, 5432, 5672, 6379, 9042, 9092, 11_211, 27_017],
  // Mail and LDAP without privileges, and debuggers.
  ...[1025, 3890, 6360, 5005, 9222, 9229],
]
/** Whether a port is one of another protocol than HTTP. */
export const isOtherPort = (port: number): boolean => NOT_HTTP.includes(port)
/** Whether it is one of those that clients of other hosts come to, whatever keeps data there. */
export const isForClients = (port: number): boolean => FOR_CLIENTS.includes(port)
/** Whether a debugger has a port: by the command that runs, or a comment behind it in a Compose file. */
export const isDebugPort = (port: number, line: string, text: string): boolean =>
  DEBUGGER.exec(line)?.[1] === String(port) ||
  new RegExp(`^[^#\\n]*:${port}["']?\\s*#\\s*(?:\\w+\\s+)?debug\\w*(?:\\s+port)?\\s*$`, 'im').test(text)
const DEBUGGER = /(?:\b(?:debugpy|ptvsd)\b.*?--(?:listen|port)[= ]|--inspect(?:-brk)?[= ])(?:[^\s:]*:)?(\d{4,5})\b/
/** Whether a port is one of HTTPS: the release speaks HTTP. */
export const isTls = (port: number): boolean => /443$/.test(String(port))

// Calls that listen on one port, whatever the environment says.
const FIXED = [/\.run\([^)]*\bport\s*=\s*(\d{2,5})\b/, /(?:ListenAndServe\(|\bAddr:)\s*["'`][^"'`]*:(\d{2,5})["'`]/]

// In other languages than JavaScript, such a number is how many connections may wait.
const LISTEN = /\blisten\(\s*(?:\w[\w.]*PORT\w*\s*(?:\|\||\?\?)\s*)?["'`]?(\d{2,5})\b/i

const FIXED_LISTEN = /\blisten\(\s*["'`]?(\d{2,5})\b/

type Listening = {
  readonly sources: Sources
  readonly stage: Stage | undefined
  readonly spec: Service
  readonly command: readonly string[]
}
/** Finds the port that the application listens on, in its command, its environment, its image or its code. */
export function guessPort({ sources, stage, spec, command }: Listening): Guess<number> | undefined {
  const line = command.join(' ').replace(DEBUGGER, '')
  const [, said] =
    /(?:--port[= ]|(?:--bind|-b)[= ]?\S*?:|--http-?socket[= ]\S*?:|\b(?:0\.0\.0\.0|\[::\]):)(\d{2,5})\b/.exec(line) ??
    []
  if (said) return { value: Number(said), where: 'its command' }
  const exposed = (stage?.ports ?? []).filter((port) => !isOtherPort(port))
  const scripts = keepFiles(sources, (file) => /\.[cm]?[jt]s$/.test(file))
  const isServer = stage !== undefined && isWebServer(stage.image)
  const fixed = isServer
    ? []
    : [...findAll(scripts, [FIXED_LISTEN]), ...findAll(sources, FIXED)].map(({ value }) => Number(value))
  // A file of variables may be for all services: a web server, or code that says its port, reads none.
  const given = isServer || fixed.length > 0 ? {} : textsOf(spec.environment)
  const environment: Variables = { ...stage?.environment, ...given }
  const variable = ['FLASK_RUN_PORT', 'PORT', 'HTTP_PORT'].find((name) => /^\d+$/.test(environment[name] ?? ''))
  const named = Number(variable && environment[variable])
  // What a program asks its environment for wins over what its image only says.
  const isAsked = () => findAll(keepFiles(sources, isProgram), ASKED).some(({ value }) => value === variable)
  if (variable && (exposed.length === 0 || exposed.includes(named) || isAsked()))
    return { value: named, where: `${variable in given ? 'environment:' : 'ENV'} ${variable}` }
  const open = fixed.includes(exposed[0] ?? 0) ? [] : fixed.filter((port) => !isOtherPort(port)).slice(0, 2)
  const others = [...new Set([...exposed.slice(1), ...open])].filter((one) => !isTls(one))
  if (exposed[0]) return { value: exposed[0], where: 'EXPOSE', others }
  if (isServer) return { value: 80, where: `its base, ${stage.image}` }
  const [listens = findAll(scripts, [LISTEN])[0]] = findAll(sources, [
    /\bprocess\.env\.PORT\s*(?:\|\||\?\?)\s*["'`]?(\d{2,5})\b/,
    /\b(?:const|let|var)\s+port\s*=\s*["'`]?(\d{2,5})\b/i,
    ...FIXED,
    /^\s*bind\s*=\s*["'][^"']*:(\d{2,5})["']/,
    /(?:getenv|environ\.get)\(\s*["']PORT["']\s*,\s*["']?(\d{2,5})\b/,
  ])
  if (listens) return { value: Number(listens.value), where: listens.where }
  const spring = springPort(sources)
  if (spring) return spring
  const [, usual] = USUAL.find(([program]) => program.test(line)) ?? []
  if (usual) return { value: usual, where: 'the default of its command' }
  const [runs] = findAll(keepFlask(sources), [RUN])
  return runs && { value: 5000, where: runs.where }
}
const isProgram = (file: string) => CODE.test(file) && !/\.config\./.test(file)
// Most languages call a member or a function for it; Go has tags (`env:"PORT"`), and Node takes the environment apart.
const ASKED = [
  /(?:\benv(?:iron)?\b|getenv\w*|lookupenv)(?:[.:([]|::|\?\.)+(?:\w+\()?["'`]?((?:HTTP_)?PORT)\b/i,
  /\{[^}]*\b(PORT)\b[^}]*\}\s*=\s*process\.env\b/,
]
const USUAL: readonly (readonly [RegExp, number])[] = [
  [/\bflask\b.*\brun\b/, 5000],
  [/\b(gunicorn|uvicorn|hypercorn|daphne|runserver|artisan serve)\b/, 8000],
  [/\b(rails s(erver)?|(next|nuxt) start)\b/, 3000],
]

const RUN = /\bapp\.(run)\((?![^)]*\bport\b)[^)]*\)/

// What the settings of Spring or Quarkus say, where it has a web server.
function springPort(sources: Sources): Guess<number> | undefined {
  for (const { kind, packages, setting } of JAVA) {
    const web = Object.entries(sources).find(([file, text]) => BUILDS.test(file) && packages.test(text))
    if (!web) continue
    const said = springSetting(sources, setting)
    if (!said) return { value: 8080, where: `the default of ${kind} (${web[0]})` }
    return /^\d+$/.test(said.value) ? { value: Number(said.value), where: said.where } : undefined
  }
  return undefined
}
const JAVA = [
  { kind: 'Spring', packages: /spring-boot-starter-web(flux)?\b/, setting: 'server.port' },
  { kind: 'Quarkus', packages: /\bquarkus-(rest|resteasy|vertx-http)\b/, setting: 'quarkus.http.port' },
]
const BUILDS = /(^|\/)(pom\.xml|build\.gradle(\.kts)?)$/
