/** What the engine says of a container. */
export type SeenContainer = {
  readonly id: string
  /** The id of its image, and the name that it was started by. */
  readonly image: string
  readonly imageName: string
  readonly command: readonly string[]
  readonly environment: readonly string[]
  readonly status: string
  readonly exitCode: number
  /** In milliseconds since 1970; 0 for what has not happened. */
  readonly startedAt: number
  readonly finishedAt: number
  readonly mounts: readonly { readonly type: string; readonly from: string; readonly path: string }[]
  /** Its address on each network, by the network's name. */
  readonly networks: Readonly<Record<string, string>>
  /** The ports that it publishes. */
  readonly ports: readonly { readonly inside: number; readonly outside: number }[]
  readonly labels: Readonly<Record<string, string>>
}
export type SeenImage = { readonly id: string; readonly layers: readonly string[]; readonly digests: readonly string[] }

/** What a lesson can see. It looks, and changes nothing; undefined stands for what is not there. */
export type Look = {
  container(name: string): Promise<SeenContainer | undefined>
  image(name: string): Promise<SeenImage | undefined>
  has(kind: 'volume' | 'network', name: string): Promise<boolean>
  /** The paths that differ from the image, as `docker diff` shows them: `A /note`. */
  changes(container: string): Promise<readonly string[]>
  /** What a container has printed. */
  output(container: string): Promise<string>
  /** What a command prints inside a running container; undefined where it fails. */
  ask(container: string, ...command: string[]): Promise<string | undefined>
  now(): number
}
