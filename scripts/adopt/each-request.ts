import { posix } from 'node:path'
import { ANY, askedPath } from '../config/health-path.ts'
import { definedIn, fileOf, findAll, type Guess, keepFiles, lineAt, linesOf, type Sources } from './guess.ts'
import { readHandlers } from './handler.ts'

// What a program does for each request, whatever page is asked for, it does for each check.

/** Where a program writes for each request, as `file:line`; undefined where it does not, or has answered or passed on the page before. */
export function writtenByAll(sources: Sources, page: Guess<string>): string | undefined {
  const used = findAll(sources, [USED]).map(({ value }) => value)
  const isNamed = (line: string) => /\bnext\b/.test(line) && used.includes(definedIn(line) ?? '')
  const blueprints = findAll(sources, [/(\w+)\s*=\s*Blueprint\(/]).map(({ value }) => `@${value}.`)
  const isOne = (line: string) => blueprints.some((name) => line.startsWith(name) && !line.includes('_app_request'))
  const all = linesOf(sources).filter(({ value }) => (EACH.test(value) && !isOne(value)) || isNamed(value))
  const open = all.filter((one) => !isBefore(page, one))
  return writtenBy(sources, open, page.value) ?? (page.value === ANY ? writtenByRest(sources) : undefined)
}
/** Where a program writes for each request that no page of its own is for, as `file:line`; undefined where it does not. */
export const writtenByRest = (sources: Sources): string | undefined =>
  writtenBy(
    sources,
    linesOf(sources).filter((one) => REST.test(one.value) || isRestOfGo(sources, one)),
    ANY,
  )
const writtenBy = (sources: Sources, all: readonly Guess<string>[], path: string): string | undefined =>
  all.map(({ where }) => readHandlers(sources)(where, { each: askedPath(path) })).find(Boolean)
/** Whether Go's own server asks a route also for each path that has no page. */
export const isRestOfGo = (sources: Sources, one: Guess<string>): boolean =>
  GO.test(lineAt(sources, one)) && !ROUTERS.test(sources[fileOf(one)] ?? '')
// A path of a star, and a program without routes.
const REST =
  /\b(?:get|all|use|any|route|handle\w*)\(?\s*["'`]\/?\*["'`]|["']\/<path:|\bcreateServer\(\s*(?:async\s*)?(?:function\b|\(\s*\w+\s*,)/i
// To Go's own server, this is the beginning of each path.
const GO = /\bHandle(?:Func)?\(\s*"(?:GET )?\/"/
const ROUTERS = /gorilla\/mux|gin-gonic|go-chi|labstack\/echo|gofiber/
// By Flask, FastAPI, Django and Express. What has a path before it is for that alone.
const EACH =
  /^@\w+\.(?:before|after|teardown)_(?:app_)?request\b|^\w+\.(?:before|after)_(?:app_)?request\(|@\w+\.middleware\(\s*["']http|\bdef dispatch\(self, request, call_next|\bdef (?:__call__|process_\w+)\(self, request\b|^def \w+\(get_response\b|\b(?:app|server)\.use\([^"'`]*\bnext\b/
/** Where a program limits how often a client may ask for any page, that one included; `isSpared`: a path without a page is not counted. */
export function limitedByAll(sources: Sources, page?: Guess<string>) {
  const [flask] = findAll(sources, [FLASK_LIMIT])
  if (flask) return { ...flask, isSpared: true }
  const names = findAll(sources, [LIMITER]).map(({ value }) => value)
  const [express] = findAll(sources, [/\.use\(\s*((?:\w+\.)?(?:rateLimit|slowDown)\(|\w+(?=\s*\)))/]).filter(
    (one) =>
      (one.value.endsWith('(') || names.includes(one.value)) &&
      !(page && isBefore(page, one)) &&
      !/\bskip\b/.test(sources[fileOf(one)] ?? ''),
  )
  return express && { ...express, isSpared: false }
}
const FLASK_LIMIT = /(\bdefault_limits\s*=\s*\[\s*["'][^"']|RATELIMIT_DEFAULT)/
const LIMITER = /\b(?:const|let|var)\s+(\w+)\s*=\s*(?:\w+\.)?(?:rateLimit|slowDown|RateLimit)\(/

const USED = /\b(?:app|server)\.use\(\s*(?:\w+\.)?(\w+)\s*\)/

const lineOf = ({ where }: Guess<string>) => Number(where.split(':').at(-1))
// Express goes from line to line; the decorators of Flask have no order.
const isBefore = (page: Guess<string>, one: Guess<string>) =>
  !fileOf(one).endsWith('.py') && fileOf(page) === fileOf(one) && lineOf(page) < lineOf(one)

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
  return found && isBefore(page, found) ? undefined : found?.where
}
const STORED = /\bstore\s*[:,}]/
// Without this, express-session keeps also what nobody has written to.
const LATER = /saveUninitialized\s*:\s*(false|!1)/
const HANDLER = /\bsession\.save_handler\b(?!\W{1,8}files)|\bsession_set_save_handler\(/
const BEGINS = [/(?<![\w.])(session(?:_start)?)\(/, /\b(saveUninitialized)\b/]

/** Where sessions are begun that lie in files beside the code, as `file:line`; undefined where nothing does, or another place is set. */
export const fileSession = (sources: Sources): string | undefined =>
  Object.values(sources).some((text) => HANDLER.test(text) || PLACED.test(text))
    ? undefined
    : findAll(sources, [IN_FILES])[0]?.where
const PLACED = /\bsession[._]save_path\b|\bSESSION_FILE_DIR\b/
const IN_FILES = /(\bsession_start\(|\bsession-file-store\b|\bSESSION_TYPE\b.*\bfilesystem\b)/
