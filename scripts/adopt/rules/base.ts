import { isCapital } from '../../docker/image-name.ts'
import { outsideImages, substitutes } from '../../image/build.ts'
import { hasStandIns, standInFor, whyNoStandIn } from '../../image/stand-in.ts'
import { isByHand } from '../alone.ts'
import type { AppRule } from '../app.ts'
import { type Finding, type Ground, listFindings, missing, note, ok, some } from '../finding.ts'
import { type Build, type SourceTree, textsOf } from '../source-tree.ts'

const NO_APK = 'apk add: the stand-in is Debian, and has no apk'
const REAL_IMAGE = 'nothing to do: where a registry answers, the build uses the real image'

/** The images that the application's image is built on: pinned, on this engine, or with a stand-in. */
export const baseRule: AppRule = ({ tree, text, spec }) =>
  text === undefined ? undefined : { findings: baseFindings('base', tree, text, spec.build) }

/** Says what becomes of the images that a Dockerfile builds on. */
export function baseFindings(check: string, tree: SourceTree, text: string, build?: Build): Finding[] {
  const { lock, images } = tree
  const taking = { dockerfile: text, lock, ...(build ? { args: textsOf(build.args), target: build.target } : {}) }
  const taken = build?.additional_contexts ?? {}
  const known = substitutes(taking).filter(({ name }) => !taken[name])
  const open = outsideImages(taking).filter((name) => !taken[name] && !known.some((one) => one.name === name))
  const local = open.filter((image) => isByHand(tree, { image }))
  const others = open.filter((name) => !local.includes(name))
  const absent = others.filter((name) => !images[name] && hasStandIns(lock))
  const unpinned = others.filter((name) => !name.includes('@') && !absent.includes(name))
  const replaced = [...known.filter(({ near }) => near).map(({ name }) => name), ...absent]
  const isDebian = replaced.some((name) => name.includes('alpine') && standInFor(name, lock))
  return [
    ...known.map(({ name, image: { upstream }, near }) =>
      near
        ? note(check, `${name}: no registry answers, so the stand-in for ${upstream} takes its place`, REAL_IMAGE)
        : ok(check, `${name}, pinned by the lock`),
    ),
    ...Object.entries(taken).flatMap(([name, from]) =>
      from.startsWith('service:') ? ok(check, `${name}, which ${from} builds before it for each version`) : [],
    ),
    ...local.map((name) => {
      const mend = `let a stage of the Dockerfile build it, or a service with image: ${name} and build:`
      const old = `${name} was built by hand: no version builds it again`
      return images[name] ? missing(check, old, mend) : absentImage(check, name, mend)
    }),
    ...absent.map((name) =>
      standInFor(name, lock)
        ? note(check, `${name}: no registry answers, so a stand-in is built`, REAL_IMAGE)
        : absentImage(check, name),
    ),
    ...listFindings(
      isDebian &&
        /^(?!\s*#).*\bapk\s+(add|--)/m.test(text) &&
        missing(check, NO_APK, 'use apt-get install, or an engine that reaches a registry'),
      unpinned.length > 0 && ok(check, `${some(unpinned)}: not pinned, so a later build may use another`),
    ),
  ]
}

/** Names an image that this engine has not: nor has a registry that answered or, where `build` says how to make it, any. */
export function absentImage(check: string, name: string, build?: string, at?: Ground): Finding {
  if (isCapital(name)) {
    const small = name.replace(/^[^:@]+/, (all) => all.toLowerCase())
    return missing(
      check,
      `no image can be called ${name}: names have small letters`,
      `write ${small} in its place, then run this again`,
      at,
    )
  }
  const [why, mend] = build
    ? ['nobody can pull it', build]
    : ['no registry answered', whyNoStandIn(name) || `docker pull ${name}   (or docker load)`]
  return missing(check, `${name} is not on this engine, and ${why}`, mend, at)
}
