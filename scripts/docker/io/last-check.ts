import { lastWord } from '../../cli/io/exec.ts'
import { engine, orUndefined } from './engine.ts'

/** What the health check of a container says, the last time that it failed, in one line; undefined where it did not. */
export async function lastCheck(id: string): Promise<string | undefined> {
  const info = await orUndefined(engine.getContainer(id).inspect())
  const failed = info?.State.Health?.Log?.findLast(({ ExitCode }) => ExitCode !== 0)
  return failed && `its health check ended with ${failed.ExitCode}: ${lastWord(failed.Output).slice(0, 300)}`
}

/** Why a container fails, with what its health check says. */
export async function withLastCheck(reason: string, id: string | undefined): Promise<string> {
  const check = id && (await lastCheck(id))
  return check ? `${reason} (${check})` : reason
}
