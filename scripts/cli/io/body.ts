const MOST = 65_536

/** The body of an answer, up to its first 64 KiB: an application may send without end. */
export async function readBody(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  if (body === null) return ''
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= MOST) break
  }
  return Buffer.concat(pieces).subarray(0, MOST).toString('utf8')
}
