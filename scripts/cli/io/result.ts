import { printable, printableJson } from '../printable.ts'
import { showResult } from './screen.ts'

/** The result for stdout: one JSON document with JSON=1, otherwise text. */
export function printResult(
  { options }: { readonly options: { readonly json: boolean } },
  document: unknown,
  text: string,
): void {
  if (options.json) printJson(document)
  else showResult(`${printable(text)}\n`)
}

export const printJson = (document: unknown) => showResult(`${printableJson(JSON.stringify(document))}\n`)
