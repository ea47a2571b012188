import { createHash } from 'node:crypto'

/** The first `length` hexadecimal digits of the SHA-256 of a value's JSON. */
export const digest = (value: unknown, length = 12): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, length)

/** An image's id as people know it: twelve digits, without the algorithm. */
export const shortId = (image: string): string => image.replace(/^sha256:/, '').slice(0, 12)
