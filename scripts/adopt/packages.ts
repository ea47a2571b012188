import { posix } from 'node:path'
import { type Old, toWords } from './draft.ts'

// Files that list packages, and what installs them. Beside the first ones, package.json is mostly for the build alone.
const MANIFESTS: readonly (readonly [string, RegExp])[] = [
  ['composer.json', /\bcomposer(\.phar)?\b.*\b(install|update|create-project)\b/],
  ['Gemfile', /\bbundle\b.*\binstall\b/],
  ['requirements.txt', /\bpip\S*\s+install\b|\buv\b/],
  ['pyproject.toml', /\bpip\S*\s+install\b|\bpoetry\b|\buv\b|\bpdm\b|\bhatch\b/],
  // The tools of these languages fetch what they need.
  ...['go.mod', 'Cargo.toml', 'pom.xml', 'build.gradle'].map((name) => [name, /^/] as const),
  ['package.json', /\bnpm\s+(ci|i|install|run)\b|\byarn\b|\bpnpm\b|\bbun\b/],
]

/** What lists packages, or locks them: a Dockerfile copies these before the code. */
export const LISTS =
  /(^|\/)(package(-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(lock|workspace)\.yaml|bun\.lockb?|\.(npm|yarn|nvm)rc(\.yml)?|composer\.(json|lock)|Gemfile(\.lock)?|[\w.-]*requirements[\w.-]*|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(\.lock)?|go\.(mod|sum)|Cargo\.(toml|lock)|mix\.(exs|lock)|pom\.xml|(build|settings)\.gradle(\.kts)?|[\w.-]+\.(cs|fs)proj|[\w.-]+\.sln)$/

/** The names of programs and pages. */
export const CODE = /\.([cm]?[jt]sx?|py|php|rb|go|java|kt|cs|rs|exs?|html?|css|vue|sh)$/

const WEB_SERVERS = /(^|\/)(nginx\S*|httpd|caddy|traefik|openresty)([:@]|$)/

/** The file in a mounted folder that lists packages, where neither the image nor the command installs them; else undefined. */
export function withoutPackages({ tree, stage, spec }: Old, source: string): string | undefined {
  const folder = posix.relative(tree.root, source)
  const found = MANIFESTS.find(([name]) => tree.tracked.includes(posix.join(folder, name)))
  const own = stage?.command?.words ?? []
  const run = [...(stage?.runs ?? []), ...own, ...toWords(spec['entrypoint']), ...toWords(spec['command'])].join(' ; ')
  // A script may do it: nobody reads these. A web server needs no packages.
  const isHidden = /\.sh\b|(^|[;&|])\s*make\s/.test(run) || WEB_SERVERS.test(stage?.image ?? spec.image ?? '')
  return found && !isHidden && !found[1].test(run) ? found[0] : undefined
}
