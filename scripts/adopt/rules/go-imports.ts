import { posix } from 'node:path'
import { type Finding, listFindings, missing, some } from '../finding.ts'
import { isTest } from '../guess.ts'
import { ASIDE, isWithin, type SourceTree } from '../source-tree.ts'

/** Says which packages of its own a program of Go takes, and git keeps no file of: who develops makes them, and no build does. */
export function importFindings(check: string, tree: SourceTree, context: string, made: string): Finding[] {
  const folder = posix.relative(posix.join(tree.root, tree.dir), context)
  const module = tree.sources[posix.join(folder, 'go.mod')] ?? ''
  const [, name] = /^module\s+(\S+)/m.exec(module) ?? []
  if (name === undefined || MAKES.test(made)) return []
  const imports = new RegExp(
    `^\\s*(?:import\\s+)?(?:[\\w.]+\\s+)?"${name.replaceAll(/\W/g, '\\$&')}/([\\w./-]+)"`,
    'gm',
  )
  const isKept = (file: string) => tree.tracked.includes(posix.join(tree.dir, file))
  const all = Object.entries(tree.sources).flatMap(([file, text]) => {
    const isOwn = file.endsWith('.go') && isWithin(posix.join(tree.root, tree.dir, file), context) && isKept(file)
    const isPart = isOwn && !isTest(file) && !ASIDE.test(file) && !/^\/\/ ?\+?(go:)?build /m.test(text)
    return isPart ? Array.from(text.matchAll(imports), ([, path = '']) => ({ file, path })) : []
  })
  const lost = all.filter(({ path }) => {
    const place = posix.join(tree.dir, folder, path)
    // Of a submodule, git has one path; another module may have a longer name.
    const isOther = module.includes(`${name}/${path.split('/')[0]}`)
    return (
      !isOther &&
      !tree.tracked.some((file) => (file.endsWith('.go') && posix.dirname(file) === place) || isWithin(place, file))
    )
  })
  const paths = [...new Set(lost.map(({ path }) => posix.join(folder, path)))]
  const found = `the code imports ${some(paths)}, which git does not keep: a build of what is committed fails`
  const mend = 'let a line of the Dockerfile make it (such as RUN go generate ./...), or commit it'
  const at = { where: lost[0] && posix.join(tree.dir, lost[0].file), confidence: 'likely' } as const
  return listFindings(paths.length > 0 && missing(check, found, mend, at))
}
// What may make code, in a Dockerfile or a command.
const MAKES = /\b(\w*gen(erate)?|protoc|buf|sqlc|templ|swag|wire|ent|make|task|mage|just)\b|\.sh\b/i
