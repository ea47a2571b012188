import { posix } from 'node:path'
import * as v from 'valibot'
import { tryJson } from '../cli/parse.ts'

// How the packages of an application of Node get into its image.

/** What runs without packages for development: Node itself, and a file. */
export const PLAIN = /^\s*node\s+([\w./-]+)\s*$/
/** The scripts of a package.json; none where it is unreadable. */
export function scriptsOf(manifest: string): Readonly<Record<string, string>> {
  const said = tryJson(manifest)
  return (v.is(MANIFEST, said) ? said.scripts : undefined) ?? {}
}
const MANIFEST = v.looseObject({
  scripts: v.exactOptional(v.record(v.string(), v.string())),
  prisma: v.exactOptional(v.looseObject({ seed: v.exactOptional(v.string()) })),
})
/** What fills the database by Prisma, where a command asks for that. */
export function seedOf(command: string, manifest: string): string {
  const said = tryJson(manifest)
  return (/\bprisma db seed\b/.test(command) && v.is(MANIFEST, said) && said.prisma?.seed) || ''
}
/** What a script of npm that a command names runs, with the one that npm runs before it; empty where it names none. */
export function scriptOf(command: readonly string[], manifest = ''): string {
  const [, name = ''] = NAMED.exec(command.join(' ')) ?? []
  const scripts = scriptsOf(manifest)
  return [scripts[`pre${name}`], scripts[name]].filter(Boolean).join(' && ')
}
const NAMED = /\b(?:npm|yarn|pnpm|bun)(?: run)? ([\w:-]+)/
/** A command with what they run in the place of the scripts that it names, and that these name. */
export function withScripts(line: string, manifest: string | undefined): string {
  const filled = (text: string) =>
    text.replaceAll(new RegExp(NAMED, 'g'), (named) => scriptOf([named], manifest) || named)
  return filled(filled(filled(line)))
}
/** The manager of its packages: the one whose lock decides the versions. */
export const managerOf = (files: readonly string[]) =>
  files.includes('pnpm-lock.yaml') ? 'pnpm' : files.includes('yarn.lock') ? 'yarn' : 'npm'

/**
 * The lines of a Dockerfile that copy an application of Node, and install its packages: what lies in `from` goes to `to`. Its lists come
 * first: where these stay the same, nothing is installed anew. `needsDev`: also the packages for development.
 */
export function nodeLines(manifest: string, files: readonly string[], needsDev: boolean, place?: Place): string[] {
  const { from, to } = place ?? { from: '.', to: '.' }
  const [code, run, manager] = [`COPY ${from} ${to}/`, place ? `RUN cd ${to} && ` : 'RUN ', managerOf(files)]
  if (manager !== 'npm')
    // Official images have a yarn of their own, and newer ones no corepack.
    return [
      `RUN npm install --global --force ${managerPackage(manager, manifest, files)}`,
      code,
      `${run}${manager} install --frozen-lockfile`,
    ]
  const runsCode = RUNS_CODE.test(manifest)
  const options = `--no-audit --no-fund ${needsDev || runsCode ? '--include=dev' : '--omit=dev'}`
  const anew = `npm install ${options}`
  // An author who runs `npm install` may never have seen that the lock lacks a package.
  const install = run + (files.includes('package-lock.json') ? `npm ci ${options} || ${anew}` : anew)
  const lists = ['package*.json', ...files.filter((file) => file === '.npmrc')].map((file) => posix.join(from, file))
  return runsCode ? [code, install] : [`COPY ${lists.join(' ')} ${to}/`, install, code]
}
// The package of npm that has that manager, in the version that package.json names.
function managerPackage(manager: string, manifest: string, files: readonly string[]): string {
  const [, version = ''] = new RegExp(`"packageManager"\\s*:\\s*"${manager}@([\\w.-]+)`).exec(manifest) ?? []
  const isClassic = version ? version.startsWith('1.') : !files.includes('.yarnrc.yml')
  if (manager === 'yarn' && !isClassic) return `@yarnpkg/cli-dist${version && `@${version}`}`
  return `${manager}@${version || (manager === 'yarn' ? '1' : '10')}`
}
type Place = { readonly from: string; readonly to: string }
// What installing runs, mostly by packages for development, and packages that lie in the folder.
const RUNS_CODE = /"((pre|post)?install|prepare|workspaces)"\s*:|"(file|link):/
