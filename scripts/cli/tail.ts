/** The end of a stream: its last pieces, which are `most` bytes or a little more, where there were as many. */
export class Tail {
  readonly #most: number
  #pieces: Buffer[] = []
  #kept = 0
  /** The bytes that came before them. */
  dropped = 0

  constructor(most: number) {
    this.#most = most
  }

  push(piece: Buffer): number {
    this.#pieces.push(piece)
    this.#kept += piece.length
    for (let [first] = this.#pieces; first && this.#kept - first.length >= this.#most; [first] = this.#pieces) {
      this.#pieces.shift()
      this.#kept -= first.length
      this.dropped += first.length
    }
    return this.#pieces.length
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8')
  }
}
