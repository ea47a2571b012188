import { outsideImages, substitutes } from '../../image/build.ts'
import { hasStandIns, standInFor, whyNoStandIn } from '../../image/stand-in.ts'
import type { AppRule } from '../app.ts'
import { argsOf } from '../build.ts'
import { type Finding, listFindings, missing, note, ok, some } from '../finding.ts'
import type { SourceTree } from '../source-tree.ts'

const REAL_IMAGE = 'nothing to do: where a registry answers, the build uses the real image'

/** The images that the application's image is built on: pinned, on this engine, or with a stand-in. */
export const baseRule: AppRule = ({ tree: { lock, images }, text, draft }) => {
  if (text === undefined) return undefined
  const { build } = draft?.project.services[draft.web ?? ''] ?? {}
  const taking = { dockerfile: text, lock, ...(build ? { args: argsOf(build), target: build.target } : {}) }
  const known = substitutes(taking)
  const open = outsideImages(taking).filter((name) => !known.some((one) => one.name === name))
  const absent = hasStandIns(lock) ? open.filter((name) => !images[name]) : []
  const unpinned = open.filter((name) => !name.includes('@') && !absent.includes(name))
  const replaced = [...known.filter(({ near }) => near).map(({ name }) => name), ...absent]
  const isDebian = replaced.some((name) => name.includes('alpine') && standInFor(name, lock))
  return {
    findings: [
      ...known.map(({ name, image: { upstream }, near }) =>
        near
          ? note('base', `${name}: no registry answers, so the stand-in for ${upstream} takes its place`, REAL_IMAGE)
          : ok('base', `${name}, pinned by the lock`),
      ),
      ...absent.map((name) => absentBase(name, lock)),
      ...listFindings(
        isDebian &&
          /\bapk\s+(add|--)/.test(text) &&
          missing(
            'base',
            'apk add: the stand-in is Debian, and has no apk',
            'use apt-get install, or an engine that reaches a registry',
          ),
      ),
      ...listFindings(
        unpinned.length > 0 && ok('base', `${some(unpinned)}: not pinned, so a later build may use another`),
      ),
    ],
  }
}

function absentBase(name: string, lock: SourceTree['lock']): Finding {
  if (standInFor(name, lock)) return note('base', `${name}: no registry answers, so a stand-in is built`, REAL_IMAGE)
  return missing(
    'base',
    `${name} is not on this engine, and no registry answered`,
    whyNoStandIn(name) || `docker pull ${name}   (or docker load)`,
  )
}
