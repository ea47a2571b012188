import { shortId } from '../cli/digest.ts'
import { Failure } from '../cli/failure.ts'
import { isVersion, tagsFor } from '../version/version.ts'

/** The registry that a repository lies in, as `host` or `host:port`; undefined for one that only this engine knows. */
export function registryOf(repository: string): string | undefined {
  const [host = '', ...rest] = repository.split('/')
  return rest.length > 0 && (/[.:]/.test(host) || host === 'localhost') ? host : undefined
}

/** Whether a registry is spoken to without TLS: as Docker does, one of this host that has no certificate. */
export const isPlain = (repository: string, certificate: string): boolean =>
  certificate === '' && /^(localhost|127\.)/.test(registryOf(repository) ?? '')

/** What a registry has under a tag: the digest of the manifest, and the id of the image that this describes. */
export type Remote = { readonly digest: string; readonly image: string }
/** The id of the image that a manifest describes. An engine with the containerd store calls it by the manifest's own digest. */
export function imageOf(manifest: string, digest: string): string {
  const { config } = JSON.parse(manifest) as { config?: { digest?: string } }
  return config?.digest ?? digest
}
const isSame = ({ digest, image }: Remote, id: string) => id === image || id === digest

export type Pushing = {
  readonly repository: string
  readonly version: string
  /** The id of the image that the version names on this engine. */
  readonly image: string
  readonly tested: boolean
  /** What the registry has under the version, and all its tags. */
  readonly held: Remote | undefined
  readonly tags: readonly string[]
}
export type Push = { readonly upload: boolean; readonly aliases: readonly string[] }

/** Whether the image is to be sent, and which tags besides its version move to it. Throws a Failure where it may not be; `untested` needs no evidence. */
export function planPush({ repository, version, image, tested, held, tags }: Pushing, untested: boolean): Push {
  if (!tested && !untested)
    throw new Failure(`the image ${shortId(image)} of ${version} has not passed its tests`, {
      next: 'make test tag push   (FORCE=untested pushes it all the same and is recorded)',
    })
  requireSame(repository, version, image, held)
  return {
    upload: held === undefined,
    aliases: tagsFor(version, tags.filter(isVersion)).filter((tag) => tag !== version),
  }
}

/** Throws a Failure where the registry has another image under the version than this one. */
export function requireSame(repository: string, version: string, image: string, held: Remote | undefined): void {
  if (held === undefined || isSame(held, image)) return
  throw new Failure(
    `${repository}:${version} is the image ${shortId(held.image)} in the registry, and ${shortId(image)} here: a full version never moves`,
    {
      next: `git tag a new version (git tag v…), then: make ship push; or, for the registry's: docker image rm ${repository}:${version}`,
    },
  )
}

/** Whether what a tool said of a registry is of the network or the server, so that trying again may help. */
export const isTransient = (said: string): boolean =>
  /timeout|timed out|connection (refused|reset)|\bEOF\b|broken pipe|no such host|temporary failure|network is unreachable|no route to host|status:? (code )?(429|5\d\d)|\b50[0234]\b|too many requests/i.test(
    said,
  )

/** Whether it means that the registry has nothing of that name. */
export const isMissing = (said: string): boolean => /not found|manifest unknown|name unknown/i.test(said)

/** What to do about what a registry said: of credentials, certificates, or anything else. */
export function adviceOf(said: string, registry: string): string {
  if (/unauthorized|denied|basic credential not found|\b40[13]\b|no basic auth/i.test(said))
    return `set REGISTRY_USER and REGISTRY_PASSWORD_FILE to who may use ${registry}, or: docker login ${registry}`
  if (/certificate|x509/i.test(said))
    return `set REGISTRY_CA_FILE to the certificate of its authority, and put it into /etc/docker/certs.d/${registry}/ca.crt for the engine`
  return `docker login ${registry}   (says whether it answers)`
}
