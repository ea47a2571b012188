import { isMadeOf } from '../image/copied-places.ts'
import type { DockerfileFacts } from '../image/dockerfile.ts'
import { isWebServer, servesFiles } from './guess.ts'

// What another stage has built for the pages of a web server.
const PAGES = /^\/usr\/(share\/(nginx\/html|caddy)|local\/apache2\/htdocs)(\/|$)/

/**
 * Whether what runs in an image is made of a file: several images may be built from one folder, and a web server runs no code. One
 * with a program of its own beside it does, but not what a build has put among its pages.
 */
export function isCopied(facts: DockerfileFacts | undefined, file: string): boolean {
  const { target } = facts ?? {}
  if (!facts || !target) return true
  if (servesFiles(target.image, target.command?.words)) return false
  if (!isWebServer(target.image)) return isMadeOf(facts, file)
  const own = { ...target, copies: target.copies.filter(({ from, to }) => from === '' || !PAGES.test(to)) }
  return isMadeOf({ ...facts, target: own, stages: [...facts.stages, own] }, file)
}
