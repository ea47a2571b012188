import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { tryExec } from '../cli/io/exec.ts'
import { type Command, neutral, patternOf, readGuide } from './guide.ts'

/** Where the commands of a guide run. */
export type World = {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** What words of the guide stand for here. */
  readonly names: readonly (readonly [string | RegExp, string])[]
}

/**
 * Runs the commands of a guide in order, as one reader does, and compares what they print with what the guide shows. `skip`
 * has those that run elsewhere. Throws at the first that differs.
 */
export async function follow(file: string, world: World, skip: readonly string[]): Promise<void> {
  const left = join(world.folder, '.cache/left-in')
  let cwd = world.folder
  const here = (text: string) => world.names.reduce((all, [name, own]) => all.replaceAll(name, own), text)
  for (const { line, output } of readGuide(readFileSync(file, 'utf8')).commands) {
    if (skip.includes(bare(line))) continue
    const script = `{ ${here(line)}\n} 2>&1; status=$?; pwd >"${left}"; exit $status`
    const { stdout, exitCode } = await tryExec(['sh', '-c', script], { cwd, quiet: true, env: world.env })
    if (existsSync(left)) cwd = readFileSync(left, 'utf8').trim()
    const said = `${file}: $ ${line}\n${stdout}`
    expect(exitCode === 0, said).toBe(!output.some((one) => /^(error|make): /.test(one)))
    if (output.length > 0) expect(neutral(`${stdout}\n`), said).toMatch(patternOf(output.map(here)))
  }
}

/** A command without the comment at its end. */
export const bare = (line: Command['line']): string => line.replace(/ +# .*$/, '')
