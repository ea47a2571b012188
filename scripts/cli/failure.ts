/** A failure that the user can act on: what failed, with the value quoted, and the next command to run. */
export class Failure extends Error {
  readonly next: string
  /** Longer material that helps to understand it, such as a container's log. */
  readonly detail: string | undefined
  /** What JSON=1 prints beside the error and the next command. */
  readonly document: object

  constructor(message: string, options: { next: string; detail?: string; document?: object; cause?: unknown }) {
    super(shorten(message), { cause: options.cause })
    this.name = 'Failure'
    this.next = options.next
    this.detail = options.detail
    this.document = options.document ?? {}
  }
}

// A message may quote what others wrote, and that can be a megabyte.
const MOST = 1000
const shorten = (message: string) =>
  message.length <= MOST ? message : `${message.slice(0, MOST / 2)} … ${message.slice(-MOST / 2)}`

/** The message of a thrown value of any type. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
