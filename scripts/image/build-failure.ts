import { Failure } from '../cli/failure.ts'

/** The failure of a build, from what BuildKit has printed: why, and the line of the Dockerfile to look at. */
export function buildFailure(file: string, printed: string, quoted: string): Failure {
  const [, line] = [...printed.matchAll(/^\S+:(\d+)\r?\n-{8,}/gm)].at(-1) ?? []
  const [, reason] = [...printed.matchAll(/^ERROR: (?:failed to solve: )?(.+)$/gm)].at(-1) ?? []
  const place = line === undefined ? file : `line ${line} of ${file}`
  const why = reason?.replace(
    /^process "(.*)" did not complete successfully: exit code: (\d+)$/s,
    'its command ended with status $2',
  )
  return new Failure(`the build fails at ${place}: ${why ?? 'BuildKit says no more'}`, {
    next: line === undefined ? 'make doctor, then: make build' : `correct ${place}, then: make build`,
    detail: quoted,
  })
}
