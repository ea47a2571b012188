import type { Variables } from '../config/settings.ts'
import type { ImageLock } from '../image/image-lock.ts'

/** What was found in a folder. Paths are inside it, but for those of the Compose project, which the engine gives whole. */
export type Found = {
  readonly dir: string
  /** The checkout's own path. */
  readonly root: string
  readonly files: readonly string[]
  /** The text of sources and configuration, by path; the largest and the deepest left out. */
  readonly sources: Readonly<Record<string, string>>
  readonly lock: ImageLock
  readonly compose: Project | undefined
  /** What companions' images, and those that Dockerfiles build from, say of themselves, as far as this engine has them. */
  readonly images: Readonly<Record<string, { readonly volumes: readonly string[] }>>
  /** What the Compose project mounts from the host. */
  readonly binds: Readonly<Record<string, 'file' | 'folder' | 'missing'>>
  /** The secrets of the Compose project that are there: whether others can read them, and whether git would keep them. */
  readonly secretFiles: Readonly<Record<string, { readonly open: boolean; readonly inGit: boolean }>>
  /** The image of the containers that the Compose project has on this engine, by service. */
  readonly ran: Readonly<Record<string, string>>
  /** Volumes of the Compose project that this engine has. */
  readonly live: readonly string[]
  /** What .env sets already. */
  readonly given: Variables
  /** The name of the project, where one was chosen. */
  readonly project: string | undefined
}

/** A Compose project as `docker compose config` resolves it. */
export type Project = {
  readonly file: string
  readonly text: string
  readonly name: string
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, VolumeSpec | null>>
  readonly secrets?: Readonly<Record<string, FileSpec>>
  readonly configs?: Readonly<Record<string, FileSpec>>
  /** A file that Compose would add to it by itself. */
  readonly override?: string | undefined
  /** Why it could not be read. */
  readonly problem?: string
}
export type Service = {
  readonly image?: string
  readonly build?: {
    readonly context: string
    readonly dockerfile?: string
    readonly target?: string
    readonly args?: object
  }
  readonly ports?: readonly { readonly target: number; readonly published?: string }[]
  readonly volumes?: readonly Mount[]
  readonly environment?: Readonly<Record<string, string | null>>
  readonly secrets?: readonly { readonly source: string }[]
  readonly configs?: readonly { readonly source: string }[]
  readonly [key: string]: unknown
}
export type Mount = {
  readonly type: string
  readonly source?: string
  readonly target: string
  readonly read_only?: boolean
}
export type FileSpec = { readonly file?: string; readonly content?: string }
export type VolumeSpec = {
  readonly name?: string
  readonly external?: boolean
  readonly driver?: string
  readonly driver_opts?: Variables
}

export type Finding = {
  readonly check: string
  readonly found: string
  /** ok: nothing to do. note: it works, and could be better. missing: it does not work yet. */
  readonly verdict: 'ok' | 'note' | 'missing'
  readonly mend?: string
}
export const ok = (check: string, found: string): Finding => ({ check, found, verdict: 'ok' })
export const note = (check: string, found: string, mend: string): Finding => ({ check, found, verdict: 'note', mend })
export const missing = (check: string, found: string, mend: string): Finding => ({
  check,
  found,
  verdict: 'missing',
  mend,
})
