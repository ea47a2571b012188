import { shortId } from '../cli/digest.ts'
import { renderBytes } from '../cli/table.ts'

export type Built = {
  readonly outcome: 'built' | 'unchanged'
  readonly version: string
  readonly revision: string
  /** The id of the application's image. */
  readonly image: string
  /** The ids of the images of other services, by the names of their builds. */
  readonly built?: Readonly<Record<string, string>>
  /** Bytes. */
  readonly size: number
}

/** One line that says what was built, or that the image already existed. */
export const renderBuilt = ({ outcome, version, image, size }: Built): string =>
  `${outcome}: ${version}, image ${shortId(image)} (${renderBytes(size)})`
