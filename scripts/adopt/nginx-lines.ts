import { posix } from 'node:path'
import { type NginxParseTreeNode, parse } from 'nginx-conf/dist/src/parser.js'

/** A configuration file by its path in the container, and by the file of the repository that it comes from. */
export type ConfigFile = { readonly path: string; readonly from: string; readonly text: string }

/** A directive with the blocks around it. */
export type Line = {
  readonly node: NginxParseTreeNode
  readonly inside: readonly NginxParseTreeNode[]
  readonly where: string
}
/** A file that could be read. */
export type Read = ConfigFile & { readonly node: NginxParseTreeNode }

/** The tree of a configuration; undefined where it is none. */
export function parseText(text: string): NginxParseTreeNode | undefined {
  let found: NginxParseTreeNode | undefined
  if (isDeep(text)) return undefined
  try {
    parse(text, (error, tree) => {
      if (!error) found = tree
    })
  } catch {
    // Some text that is no configuration at all.
  }
  return found
}

// No honest configuration comes near: what walks the tree calls itself.
function isDeep(text: string): boolean {
  let [depth, most] = [0, 0]
  for (const character of text) {
    if (character === '{') most = Math.max(most, ++depth)
    if (character === '}') depth = Math.max(0, depth - 1)
  }
  return most > 50
}

/** The paths, also with stars, that a configuration includes. */
export const includes = (node: NginxParseTreeNode): string[] =>
  (node.children ?? []).flatMap((child) => (child.name === 'include' ? [pathsOf(child.value)] : includes(child)))

const pathsOf = (value: string) => posix.resolve('/etc/nginx', value)

/** The directives of a file, and of what it includes. */
export function flatten(file: Read, all: readonly Read[], inside: readonly NginxParseTreeNode[]): Line[] {
  // No file includes more than a few others: a circle ends here.
  if (inside.length > 12) return []
  const walk = (node: NginxParseTreeNode, around: readonly NginxParseTreeNode[]): Line[] =>
    (node.children ?? []).flatMap((child) => {
      const line = { node: child, inside: around, where: `${file.from}:${lineOf(file.text, child)}` }
      const included =
        child.name === 'include'
          ? all.filter(({ path }) => posix.matchesGlob(path, pathsOf(child.value)) && path !== file.path)
          : []
      return [line, ...included.flatMap((one) => flatten(one, all, around)), ...walk(child, [...around, child])]
    })
  return walk(file.node, inside)
}

// The parser keeps no lines: this is the first that has the directive with the longest word of its value.
function lineOf(text: string, { name, value }: NginxParseTreeNode): number {
  const [longest = ''] = value.split(/\s+/).toSorted((one, other) => other.length - one.length)
  const directive = new RegExp(`(?:^|[\\s;{}])${name.replaceAll(/\W/g, '\\$&')}(?:[\\s;{]|$)`)
  const at = text.split('\n').findIndex((line) => line.includes(longest.slice(0, 40)) && directive.test(line))
  return Math.max(at, 0) + 1
}
