import { Transform } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { printable } from '../printable.ts'

/** A stream between what an application says and a terminal: it writes control characters out. */
export function escaping(): Transform {
  const decoder = new StringDecoder()
  const show = (text: string) => printable(text.replaceAll('\r\n', '\n'))
  return new Transform({
    encoding: 'utf8',
    transform: (piece: Buffer, _, done) => done(null, show(decoder.write(piece))),
    flush: (done) => done(null, show(decoder.end())),
  })
}
