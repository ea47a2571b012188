import { createInterface } from 'node:readline/promises'

/** Asks a person at a terminal; where there is none, the answer is no. */
export async function agrees(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await answer(`${question} [y/N]`))
}

/** What a person at a terminal answers; nothing where there is none. */
export async function answer(question: string): Promise<string> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return ''
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const said = await terminal.question(`${question} `)
  terminal.close()
  return said.trim()
}
