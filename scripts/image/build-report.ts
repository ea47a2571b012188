import { shortId } from '../cli/digest.ts'
import { renderBytes } from '../cli/table.ts'

export type Built = {
  readonly outcome: 'built' | 'unchanged'
  readonly version: string
  readonly revision: string
  readonly image: string
  /** Bytes. */
  readonly size: number
}

/** One line that says what was built, or that the image already existed. */
export const renderBuilt = ({ outcome, version, image, size }: Built): string =>
  `${outcome}: ${version}, image ${shortId(image)} (${renderBytes(size)})`
