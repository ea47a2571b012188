import { createInterface } from 'node:readline/promises'

/** Whether a person sits here: otherwise a lesson goes on by itself. */
export const hasTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true

/** Asks a person at the terminal for a line. Undefined where the answer is Ctrl-C or Ctrl-D. */
export async function ask(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const left = new Promise<undefined>((resolve) => {
    terminal.once('SIGINT', () => resolve(undefined)).once('close', () => resolve(undefined))
  })
  try {
    return await Promise.race([terminal.question(question), left])
  } finally {
    terminal.close()
  }
}
