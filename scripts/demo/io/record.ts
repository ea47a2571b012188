import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { written } from '../../cli/io/places.ts'
import { type Piece, renderRecording } from '../recording.ts'

/** Records from now on what is written to the terminal. The function that it gives ends that, and writes the animation; it gives the file. */
export function recordScreen(command: string): () => string {
  const pieces: Piece[] = []
  const began = performance.now()
  const streams = [process.stdout, process.stderr]
  const originals = streams.map((stream) => stream.write)
  for (const stream of streams) {
    const write = stream.write.bind(stream)
    stream.write = (text: string | Uint8Array) => {
      pieces.push({ ms: performance.now() - began, text: String(text) })
      return write(text)
    }
  }
  return () => {
    for (const [index, stream] of streams.entries()) stream.write = originals[index] ?? stream.write
    const file = written('reports/demo.svg')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, renderRecording(pieces, command))
    return file
  }
}
