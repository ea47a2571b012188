import { posix } from 'node:path'
import { isWithin, type Old, type Part, toWords } from '../draft.ts'
import { type Finding, listFindings, missing, note, ok, some } from '../finding.ts'
import { isWebServer } from '../guess.ts'
import { type Fated, FILE, lackedBy, placedIn } from '../mounts.ts'
import { CODE, LISTS } from '../packages.ts'
import type { Mount } from '../source-tree.ts'

/** Code that is mounted over the same code of the image. */
export function sourcePart(old: Old, one: Fated, shown: string): Part {
  const { service, where } = old
  const at = { where: where(service, 'volumes') }
  const lacked = lackedBy(old, one)
  return {
    findings: listFindings(
      note(
        service,
        `the mount of ${shown} over ${one.target} is left out: it is code`,
        `${one.kept.length > 0 ? `the image contains ${one.kept.slice(0, 2).join(', ')}` : 'it belongs into the image'}; a mount would hide the next version. To work on it, use make dev`,
        { ...at, confidence: 'stated' },
      ),
      manifestFinding(old, one, shown),
      lacked.length > 0 &&
        note(
          service,
          `the image lacks ${some(lacked)} of ${shown}`,
          'where the service needs these, let the Dockerfile copy them',
          { ...at, confidence: 'guess' },
        ),
    ),
  }
}

// What a mount of the code brought from the host beside it.
function manifestFinding(old: Old, mount: Mount, shown: string): Finding | false {
  const manifest = withoutPackages(old, mount)
  return (
    manifest !== undefined &&
    missing(
      old.service,
      `${shown} has ${manifest}, and nothing installs its packages in the image`,
      `let a Dockerfile copy the code and install them (build: in the Compose file), then run this again`,
      { where: old.where(old.service, 'volumes') },
    )
  )
}

// Where servers read configuration, and write none.
const CONFIGURED = /^\/etc\/|initdb|\/conf(ig)?(\.d)?$/

/** Files of the repository that the image lacks, and gets. */
export const bakedPart = (old: Old, one: Fated, shown: string): Part => {
  const { target, hasMore, read_only: readOnly, source = '', kept } = one
  const { service, where } = old
  // A folder that git keeps, and that has no code, may be where data begin, or what the application writes settings to.
  const isWritten =
    !readOnly &&
    old.tree.binds[source] === 'folder' &&
    !kept.some((file) => CODE.test(file) || LISTS.test(file) || (FILE.test(file) && CONFIGURED.test(target)))
  const at = { where: where(service, 'volumes') }
  return {
    findings: listFindings(
      manifestFinding(old, one, shown),
      isWritten
        ? note(
            service,
            `${shown} goes into the image, at ${target}: what the service writes there ends with each version`,
            `where it writes there, mount a volume at ${target} in the proposed file`,
            { ...at, confidence: 'guess' },
          )
        : ok(service, `${shown} goes into the image, at ${target}: git keeps it, so it belongs to the version`, at),
      hasMore &&
        !readOnly &&
        missing(
          service,
          `${shown} also has files that git does not keep: they are not in the image`,
          `where they are data, mount a volume at their folder below ${target}; else commit them`,
          at,
        ),
    ),
  }
}

// Files that list packages, and what installs them. Beside the first ones, package.json is mostly for the build alone.
const MANIFESTS: readonly (readonly [string, RegExp])[] = [
  ['composer.json', /\bcomposer(\.phar)?\b.*\b(install|update|create-project)\b/],
  ['Gemfile', /\bbundle\b.*\binstall\b/],
  ['requirements.txt', /\bpip\S*\s+install\b|\buv\b/],
  ['pyproject.toml', /\bpip\S*\s+install\b|\bpoetry\b|\buv\b|\bpdm\b|\bhatch\b/],
  // The tools of these languages fetch what they need.
  ...['go.mod', 'Cargo.toml', 'pom.xml', 'build.gradle'].map((name) => [name, /^/] as const),
  ['package.json', /\b(npm|pnpm|bun)\s+(ci|i|install)\b|\byarn(\s+install\b|\s*$|\s*[;&|])/],
]

// The file in a mounted folder that lists packages, where neither the image nor the command installs them; else undefined.
function withoutPackages(old: Old, { source = '', target }: Mount): string | undefined {
  const { tree, stage, spec } = old
  const folder = posix.relative(tree.root, source)
  const found = MANIFESTS.find(([name]) => tree.tracked.includes(posix.join(folder, name)))
  const command = [...(stage?.command?.words ?? []), ...toWords(spec['entrypoint']), ...toWords(spec['command'])].join(
    ' ',
  )
  const built = (stage?.runs ?? []).join(' ; ')
  const isHidden =
    // A script may do it: nobody reads these. A web server needs no packages, and another stage may have made them.
    /\.sh\b|(^|[;&|])\s*make\s/.test(`${built} ; ${command}`) ||
    isWebServer(stage?.image ?? spec.image ?? '') ||
    stage?.copies.some(({ from, sources }) => from !== '' && !sources.every((one) => one.includes('/bin/')))
  if (!found || isHidden) return undefined
  const [name, installs] = found
  if (installs.test(command) || (name !== 'package.json' && installs.test(built))) return undefined
  if (name !== 'package.json') return name
  // Node looks for packages beside the code, and above it.
  const isListed = placedIn(old, '/').some(
    ([file, place]) => file === posix.join(folder, name) && isWithin(target, posix.dirname(place)),
  )
  return (isListed ? /\b(npm|yarn|pnpm|bun)\b/ : /\b(install|add|i)\s+[\w@]/).test(built) ? undefined : name
}
