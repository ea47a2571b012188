import { posix } from 'node:path'
import { fileOf, findAll, type Guess, keepFiles, type Sources } from './guess.ts'

// A check sends no cookie. What makes a session for each who has none, and keeps it in a store, gets one more each time.

/** Where a program begins such a session, as `file:line`; undefined where it begins none, or has answered the page before that line. */
export function keptSession(sources: Sources, page: Guess<string>): string | undefined {
  const express = keepFiles(sources, (file) => {
    const text = sources[file] ?? ''
    return text.includes('express-session') && STORED.test(text) && !LATER.test(text)
  })
  const isKept = Object.values(sources).some((text) => HANDLER.test(text))
  // The program of PHP that gets all requests; another page of it is not asked.
  const php = isKept ? keepFiles(sources, (file) => posix.basename(file) === 'index.php') : {}
  const [found] = findAll({ ...express, ...php }, BEGINS)
  const lineOf = ({ where }: Guess<string>) => Number(where.split(':').at(-1))
  const isBefore = found && fileOf(page) === fileOf(found) && lineOf(page) < lineOf(found)
  return isBefore ? undefined : found?.where
}
const STORED = /\bstore\s*[:,}]/
// Without this, express-session keeps also what nobody has written to.
const LATER = /saveUninitialized\s*:\s*(false|!1)/
const HANDLER = /\bsession\.save_handler\b(?!\W{1,8}files)|\bsession_set_save_handler\(/
const BEGINS = [/(?<![\w.])(session(?:_start)?)\(/, /\b(saveUninitialized)\b/]
