import { PassThrough } from 'node:stream'
import type { Argv } from '../../cli/argv.ts'
import { type Executed, tryExec } from '../../cli/io/exec.ts'
import { sayProgress } from './say-progress.ts'

// What the script says on stderr once hooks can write their copies.
const OPENED = 'dartagnan: the folders for copies are open'

/**
 * Starts restic early, so that it opens the repository before anybody waits for it: that takes longer than the rest.
 * restic then waits for the list of files to leave out, which the script writes at `go`: the files that a hook has
 * copied, and those that SQLite keeps beside them (-journal, -wal and -shm). Before all else it opens the folders for
 * copies to the hooks' services, which may run as any user, and says so. Without `go`, say because the run was
 * killed, restic makes no snapshot. Where restic ends by itself, say because the disk is full, the script does not wait
 * for `go`.
 */
const GATED = `set -o pipefail
find /copies -mindepth 1 -maxdepth 1 -exec chmod 1777 {} +
echo ${OPENED} >&2
mkfifo /tmp/gate
exec 3<&0
{ restic "$@" | { grep --line-buffered -v '"action":"unchanged"' || :; }; } &
run=$!
{ read -r go <&3 && [ "$go" = go ] &&
find /copies -type f -printf '/volumes/%P\\n' | sed 's/[][*?\\\\]/\\\\&/g; s/\\$/$$/g; p; h; s/$/-journal/p; g; s/$/-wal/p; g; s/$/-shm/' >/tmp/gate || kill $run; } &
wait $run`

/** The line that opens the gate. */
export const GO = 'go\n'

/**
 * The command for a restic container that opens the repository, waits at the gate, and then runs restic with `args`.
 */
export const gatedScript = (args: readonly string[]): string[] => ['bash', '-c', GATED, 'restic', ...args]

/** Starts such a command, given with the container that it runs in. */
export function startGated(argv: Argv) {
  const gate = new PassThrough()
  const opened = Promise.withResolvers<boolean>()
  let said = ''
  const tap = (stream: 'stdout' | 'stderr', piece: Buffer) => {
    sayProgress(stream, piece)
    // Hooks wait for one line; restic may complain of every file.
    if (stream === 'stderr') said = `${said}${piece}`.slice(-1000)
    if (said.includes(OPENED)) opened.resolve(true)
  }
  const ended = tryExec(argv, { input: gate, tap })
  void ended.finally(() => opened.resolve(false))
  return {
    /** Waits until the folders for copies are open to any user; false where it ended before that. */
    opened: opened.promise,
    /** Its result, where it has ended already; undefined while it waits. */
    endedEarly: async (): Promise<Executed | undefined> => await Promise.race([ended, undefined]),
    finish: async (): Promise<Executed> => {
      gate.end(GO)
      return await ended
    },
    giveUp: (): void => {
      gate.end()
    },
  }
}
