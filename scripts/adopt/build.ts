import { posix } from 'node:path'
import { parseDockerfile, type Stage } from '../image/dockerfile.ts'
import type { Build, Service, SourceTree } from './source-tree.ts'

/** The text of the Dockerfile of a build; undefined where there is none. */
export function dockerfileOf({ root, dir, sources }: SourceTree, build: Build): string | undefined {
  const folder = posix.relative(posix.join(root, dir), build.context)
  return build.dockerfile_inline ?? sources[posix.join(folder, build.dockerfile ?? 'Dockerfile')]
}

/** The stage that a service runs; undefined for a ready image. */
export function stageOf(tree: SourceTree, { build }: Service): Stage | undefined {
  const text = build && dockerfileOf(tree, build)
  return build && text !== undefined ? parseDockerfile(text, argsOf(build), build.target).target : undefined
}

/** The build arguments that the Compose file gives a value. */
export const argsOf = ({ args = {} }: Build): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(args).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  )

/** Whether two services have the same image built. */
export const isSameBuild = (one: Build | undefined, other: Build | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  one.context === other.context &&
  (one.dockerfile ?? 'Dockerfile') === (other.dockerfile ?? 'Dockerfile') &&
  one.dockerfile_inline === other.dockerfile_inline &&
  one.target === other.target &&
  JSON.stringify(argsOf(one)) === JSON.stringify(argsOf(other))
