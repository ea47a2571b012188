import { keepFiles, type Sources } from './guess.ts'

// Which variables an application asks its environment for.

/** The variables that code reads, but tests: each with its file, and whether the code says what happens without it. */
export function readsOf(sources: Sources) {
  const code = keepFiles(sources, (file) => !/(^|\/)(tests?|spec|examples?)\/|[._](test|spec)\./.test(file))
  return Object.entries(code).flatMap(([file, text]) =>
    Array.from(text.replaceAll(COMMENT, '').matchAll(READS), ([, name = '', rest = '']) => ({
      file,
      name,
      isOptional: USUAL.test(name) || DEFAULT.test(rest),
    })),
  )
}
const COMMENT = /^\s*(#|\/\/|\*).*$/gm
// What a container has anyway, or needs nowhere; npm sets what begins so.
const USUAL = /^(NODE_ENV|CI|HOME|PATH|PWD|USER|HOSTNAME|TZ|DEBUG|PORT|npm_\w+)$/
const DEFAULT = /^["'`)\]\s]*(\|\||\?|\bor\b|,|\.unwrap_or)/
// The environment of Node, os.environ["X"], getenv("X"), env::var("X"), ENV.fetch("X"), env('X'); and what follows.
const READS =
  /(?:process\.env(?:\.|\[["'`])|\b(?:environ(?:\.get\(|\[)|(?:getenv|Getenv|LookupEnv|env::var|ENV\.fetch|getEnv|env)\(|ENV\[)["'])(\w+)(?=(.*))/g
