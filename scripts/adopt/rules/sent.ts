import { posix } from 'node:path'
import { dockerfileOf, placedFiles, stageOf } from '../build.ts'
import { about, joinParts, type Old, type Part, type ServiceRule } from '../draft.ts'
import { onceBy } from '../finding.ts'
import { contextOf } from '../in-image.ts'
import { keyFor } from '../mounts.ts'
import { CODE, insideOf, isWithin } from '../source-tree.ts'
import type { Upload } from '../uploads.ts'
import {
  besideFindings,
  filledBy,
  isProgram,
  isServing,
  isTaken,
  keptMounts,
  programOf,
  sharing,
  uploadsOf,
  writtenBy,
} from './beside.ts'
import { targetOf } from './names.ts'
import { ownFolder, ownLines } from './owner.ts'

/**
 * Gives what users send to a service beside the application a volume, one in all services that have its code, and names the data that
 * such a service has beside its code.
 */
export const sentRule: ServiceRule = (old) => {
  const { service, isWeb, server } = old
  if (isWeb || server || !isProgram(old)) return undefined
  const { folders, files, workdir } = writtenBy(old)
  const mounts = keptMounts(old)
  const given = givenTo(old)
  const held = given.map(({ value }) => ({ type: 'declared', target: value }))
  const own = [...folders, ...files].map((one) => inTree(old, one))
  return joinParts([
    ...given.map((one) => volumeFor(old, one)),
    { findings: besideFindings(service, own, { ...old, mounts: [...mounts, ...held], workdir }) },
  ])
}

// The folders that its code fills.
function givenTo(old: Old): Upload[] {
  const stores = filledBy(old).map((one) => inTree(old, { ...one, confidence: 'guess' as const }))
  const mounts = keptMounts(old)
  const all = onceBy([...uploadsOf(old), ...stores], ({ value }) => value)
  return all.filter(
    ({ value }) => !isTaken(mounts, value) && !all.some((one) => one.value !== value && isWithin(value, one.value)),
  )
}
const inTree = <T extends { readonly where: string }>(old: Old, one: T): T => ({
  ...one,
  where: posix.join(insideOf(old.tree, contextOf(old)), one.where),
})

/** The services of the release beside the application whose code fills that folder as well: these get the same volume. */
export const alsoFilling = (services: readonly Old[], folder: string): string[] =>
  services.flatMap((old) =>
    !old.isWeb &&
    !old.server &&
    isProgram(old) &&
    sharing(old).includes(old.web ?? '') &&
    givenTo(old).some(({ value }) => value === folder)
      ? targetOf(old)
      : [],
  )

function fills(old: Old, service: string, folder: string): boolean {
  const spec = old.project.services[service] ?? {}
  return givenTo({ ...old, service, spec, stage: stageOf(old.tree, spec) }).some(({ value }) => value === folder)
}

// Where the application has the same code, its volume is that of all.
function volumeFor(old: Old, { value, where, confidence }: Upload): Part {
  const { tree, spec, web = '' } = old
  const sharers = sharing(old)
  const isServed = sharers.some((name) => isServing(old, name))
  const all = sharers.filter((name) => fills(old, name, value))
  if (all.includes(web) && !isServed) return {}
  const { missing, note, ok } = about(old)
  const at = { where, confidence }
  const mixed = placedFiles({ tree, context: contextOf(old), facts: programOf(old).facts }, value).find(([file]) =>
    CODE.test(file),
  )
  if (mixed || isServed) {
    const found = `${value} may keep what users send${mixed ? `, beside ${mixed[0]}` : ''}, in no volume: every deploy would lose it`
    const mend =
      'let it write to a folder without files of git, and mount one volume there in all services that share it'
    return { findings: [missing(found, mend, at)] }
  }
  // Two folders may have one name.
  const volumes = [...(spec.volumes ?? []), ...givenTo(old).map((one) => ({ type: 'volume', target: one.value }))]
  const key = keyFor({ ...old, service: all[0] ?? old.service, spec: { ...spec, volumes } }, value)
  const owner = ownFolder(old, value, spec.build && dockerfileOf(tree, spec.build))
  const isOwned = !owner || ownLines(old).includes(owner.line)
  const found = `${value} in the volume ${key}`
  const said = !isOwned
    ? note(`${found}: ${owner.found}`, owner.mend, at)
    : confidence === 'guess'
      ? note(
          `${found}: the code seems to write there`,
          'correct the path in the proposed file where it writes elsewhere',
          at,
        )
      : ok(found, at)
  return { lines: { volumes: [`${key}:${value}`] }, tops: { volumes: { [key]: {} } }, findings: [said] }
}
