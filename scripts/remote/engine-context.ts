import { Failure } from '../cli/failure.ts'

/** What `docker context inspect` says of one context, as far as the toolkit looks into it. */
export type EngineContext = {
  readonly Name: string
  readonly Endpoints: { readonly docker?: { readonly Host?: string; readonly SkipTLSVerify?: boolean } }
  readonly TLSMaterial: { readonly docker?: readonly string[] }
}

/**
 * Throws a Failure where a context is not a way to another engine that the secrets of a run may take: who listens on the way,
 * or answers in its place, would have them, and who reaches such an engine is root on its host.
 */
export function requireSafe({ Name, Endpoints, TLSMaterial }: EngineContext, target: string): void {
  const { Host = '', SkipTLSVerify = false } = Endpoints.docker ?? {}
  const what = `ENGINE=${JSON.stringify(Name)}: that context`
  if (/^(unix|npipe):/.test(Host))
    throw new Failure(`${what} is a socket of this host, ${Host}`, { next: `DOCKER_HOST=${Host} make ${target}` })
  // What does not leave this host is as safe as it is: a tunnel ends there.
  if (/^ssh:/.test(Host) || /^[a-z]+:\/\/(localhost|127\.[\d.]+|\[::1\])(:|\/|$)/.test(Host)) return
  const next = `docker context update ${Name} --docker host=${Host},ca=…,cert=…,key=…   (or ENGINE=ssh://user@host)`
  if (SkipTLSVerify) throw new Failure(`${what} does not verify who answers at ${Host}`, { next })
  if (!TLSMaterial.docker?.length) throw new Failure(`${what} reaches ${Host} without TLS`, { next })
}
