import * as v from 'valibot'
import { Failure } from '../cli/failure.ts'
import { parseJson } from '../cli/parse.ts'

const DOCKER = v.looseObject({
  Host: v.optional(v.pipe(v.string(), v.regex(/^\S*$/))),
  SkipTLSVerify: v.optional(v.boolean()),
})
const CONTEXT = v.looseObject({
  Name: v.string(),
  Endpoints: v.looseObject({ docker: v.optional(DOCKER) }),
  TLSMaterial: v.looseObject({ docker: v.optional(v.pipe(v.array(v.string()), v.readonly())) }),
})
/** The part of a context's `docker context inspect` that the toolkit reads. */
export type EngineContext = v.InferOutput<typeof CONTEXT>

/** Reads what `docker context inspect` prints. Throws a Failure where that is of another form. */
export const parseContexts = (text: string): EngineContext[] =>
  parseJson(v.array(CONTEXT), text, { what: 'docker context inspect', next: 'docker context ls' })

/**
 * Throws a Failure where the secrets of a run must not travel by that context. Whoever listens on the way, or answers
 * in the engine's place, would have them; and whoever reaches such an engine is root on its host.
 */
export function requireSafe({ Name, Endpoints, TLSMaterial }: EngineContext, target: string): void {
  const { Host = '', SkipTLSVerify = false } = Endpoints.docker ?? {}
  const what = `ENGINE=${JSON.stringify(Name)}: that context`
  if (/^(unix|npipe):/.test(Host))
    throw new Failure(`${what} is a socket of this host, ${Host}`, { next: `DOCKER_HOST=${Host} make ${target}` })
  // An address of this host is as safe as the host: it is the end of a tunnel.
  if (/^ssh:/.test(Host) || /^[a-z]+:\/\/(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/.test(Host)) return
  const next = `docker context update ${Name} --docker host=${Host},ca=…,cert=…,key=…   (or ENGINE=ssh://user@host)`
  if (SkipTLSVerify) throw new Failure(`${what} does not verify who answers at ${Host}`, { next })
  if (!TLSMaterial.docker?.length) throw new Failure(`${what} reaches ${Host} without TLS`, { next })
}
