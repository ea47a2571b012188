import { tryExec } from '../../cli/io/exec.ts'
import { engine, findImage, orUndefined, readLog } from '../../docker/io/engine.ts'
import { readChanges } from '../../docker/io/written-files.ts'
import type { Look, SeenContainer } from '../look.ts'
import type { Names } from '../names.ts'

type Inspected = Awaited<ReturnType<ReturnType<typeof engine.getContainer>['inspect']>>
const KINDS = ['C', 'A', 'D']

/** Looks at this engine. It shows the things of a lesson under the names that the lesson has for them. */
export const lookAtEngine = ({ toEngine, toLesson }: Names): Look => ({
  container: async (name) => {
    const found = await orUndefined(engine.getContainer(toEngine(name)).inspect())
    return found && seen(found, toLesson)
  },
  image: async (name) => {
    const found = await findImage(toEngine(name))
    return (
      found && { id: found.Id, layers: found.RootFS.Layers ?? [], digests: (found.RepoDigests ?? []).map(toLesson) }
    )
  },
  has: async (kind, name) => {
    const found = kind === 'volume' ? engine.getVolume(toEngine(name)) : engine.getNetwork(toEngine(name))
    return (await orUndefined<unknown>(found.inspect())) !== undefined
  },
  changes: async (name) => (await readChanges(toEngine(name))).map(({ Kind, Path }) => `${KINDS[Kind]} ${Path}`),
  output: async (name) => toLesson(await readLog(toEngine(name))),
  ask: async (name, ...command) => {
    const argv = ['docker', 'exec', toEngine(name), ...command.map(toEngine)] as const
    const { exitCode, stdout } = await tryExec(argv, { quiet: true, timeout: 20 })
    return exitCode === 0 ? toLesson(stdout) : undefined
  },
  now: () => Date.now(),
})

function seen(
  { Id, Image, Config, State, Mounts, NetworkSettings }: Inspected,
  toLesson: Names['toLesson'],
): SeenContainer {
  const at = (time: string) => Math.max(0, Date.parse(time) || 0)
  return {
    id: Id,
    image: Image,
    imageName: toLesson(Config.Image),
    command: Config.Cmd ?? [],
    environment: Config.Env,
    status: State.Status,
    exitCode: State.ExitCode,
    startedAt: at(State.StartedAt),
    finishedAt: at(State.FinishedAt),
    mounts: Mounts.map(({ Type, Name, Source, Destination }) => ({
      type: Type ?? '',
      from: toLesson(Type === 'volume' ? (Name ?? '') : Source),
      path: Destination,
    })),
    networks: Object.fromEntries(
      Object.entries(NetworkSettings.Networks).map(([name, { IPAddress }]) => [toLesson(name), IPAddress]),
    ),
    ports: Object.entries(NetworkSettings.Ports ?? {}).flatMap(([inside, bound]) =>
      (bound ?? []).map(({ HostPort }) => ({
        inside: Number.parseInt(inside, 10),
        outside: Number(toLesson(HostPort)),
      })),
    ),
    labels: Object.fromEntries(Object.entries(Config.Labels).map(([name, value]) => [name, toLesson(value)])),
  }
}
