import { Copy, DockerfileParser, type Instruction, Run } from 'dockerfile-ast'
import { Failure } from '../cli/failure.ts'
import { volumePath } from '../docker/paths.ts'
import { type ArgValues, argsOf, fill, initialArgs, variables } from './args.ts'
import { type Copied, copiedBy } from './copied.ts'
import { expand } from './expand.ts'

/** The parts of a Dockerfile's stage that the toolkit needs, with what it inherits from earlier stages. */
export type Stage = {
  readonly name: string
  /** The image that FROM names, with its ARGs filled in; through earlier stages, the image that they start from. */
  readonly image: string
  readonly ports: readonly number[]
  readonly volumes: readonly string[]
  readonly user: string
  readonly workdir: string
  readonly environment: Readonly<Record<string, string>>
  /** Its build arguments that have a value. */
  readonly args: Readonly<Record<string, string>>
  readonly healthcheck: boolean
  /** The words of CMD or ENTRYPOINT, and whether a shell comes before them. */
  readonly command: { readonly words: readonly string[]; readonly shell: boolean } | undefined
  /** Whether this stage itself sets the command, rather than an earlier one. */
  readonly ownCommand: boolean
  /** What it copies: from the context, unless `from` names another stage or image. */
  readonly copies: readonly Copied[]
  /** What its RUN instructions run. */
  readonly runs: readonly string[]
}
export type DockerfileFacts = {
  /** The frontend that a `# syntax=` line asks for. */
  readonly syntax: string | undefined
  readonly stages: readonly Stage[]
  /** The stage that is built: the one that was asked for, or the last; undefined where there is none. */
  readonly target: Stage | undefined
  /**
   * The images from outside that this stage needs, itself or through other stages, as BuildKit sees it; without those named by an ARG
   * that has no value.
   */
  readonly images: readonly string[]
}

// What no honest Dockerfile comes near: reading more takes seconds, which grow with the square.
const [MOST_BYTES, MOST_LINES] = [200_000, 2000]

// What a stage takes from elsewhere: the image or stage of FROM, and those of COPY --from and RUN --mount=from.
type Sources = { readonly base: string; readonly from: readonly string[] }

/**
 * Reads a Dockerfile, with the build's own values for its ARGs or their defaults, up to the stage `target`. Any other text
 * gives no stages. Throws a Failure where it is too large.
 */
export function parseDockerfile(
  text: string,
  given: Readonly<Record<string, string>> = {},
  target?: string,
): DockerfileFacts {
  if (text.length > MOST_BYTES || text.split('\n').length > MOST_LINES)
    throw new Failure(`a Dockerfile is longer than ${MOST_LINES} lines or ${MOST_BYTES / 1000} kB`, {
      next: 'let it be shorter: move commands into scripts that it copies',
    })
  const file = DockerfileParser.parse(text)
  const stages: Stage[] = []
  const sources: Sources[] = []
  const before = initialArgs(file, given)
  for (const instruction of file.getInstructions()) {
    const [words, last] = [wordsOf(instruction), stages.at(-1)]
    if (instruction.getKeyword() === 'FROM') {
      const named = words.findIndex((word) => /^as$/i.test(word))
      const { text: reference, whole } = fill(file, words[0] ?? '', given)
      sources.push({ base: whole ? reference : '', from: [] })
      stages.push(beginStage(named < 0 ? '' : (words[named + 1] ?? ''), reference, stages))
    } else if (last) {
      const { base, from } = sources.at(-1) ?? { base: '', from: [] }
      sources[sources.length - 1] = { base, from: [...from, ...fromFlags(instruction)] }
      stages[stages.length - 1] = { ...last, ...apply(last, instruction, words, { given, before }) }
    }
  }
  const syntax = file.getDirectives().find((directive) => directive.getName().toLowerCase() === 'syntax')
  const wanted = findStage(stages, target)
  return { syntax: syntax?.getValue(), stages, target: stages[wanted], images: imagesFor(wanted, stages, sources) }
}

/** The index of the stage that a build is told to stop at, by its name or number; -1 where there is none. */
const findStage = (stages: readonly Stage[], target: string | undefined): number =>
  target === undefined ? stages.length - 1 : indexOf(stages, target)

function indexOf(stages: readonly Stage[], name: string): number {
  const named = stages.findLastIndex((stage) => sameName(stage.name, name))
  return named < 0 && /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : named
}

// The images from outside of a stage and of all stages that it needs, in the order of the file.
function imagesFor(wanted: number, stages: readonly Stage[], sources: readonly Sources[]): string[] {
  const images = new Map<string, number>()
  const reached = new Set<number>()
  const reach = (index: number) => {
    if (index < 0 || reached.has(index)) return
    reached.add(index)
    const { base, from } = sources[index] ?? { base: '', from: [] }
    // FROM sees the stages before it, by their names alone.
    const before = stages.slice(0, index).findLastIndex((stage) => sameName(stage.name, base))
    if (before < 0) images.set(base, index)
    reach(before)
    for (const name of from) {
      const other = indexOf(stages, name)
      if (other < 0) images.set(name, index)
      reach(other)
    }
  }
  reach(wanted)
  const outside = [...images].filter(([name]) => name !== '' && name !== 'scratch' && !/[$]/.test(name))
  return outside.sort(([, one], [, other]) => one - other).map(([name]) => name)
}

function beginStage(name: string, image: string, stages: readonly Stage[]): Stage {
  const base = stages.find((stage) => sameName(stage.name, image))
  const bare = {
    user: '',
    workdir: '/',
    environment: {},
    args: {},
    healthcheck: false,
    command: undefined,
    copies: [],
    runs: [],
  }
  return { ...(base ?? { image, ports: [], volumes: [], ...bare }), name, ownCommand: false }
}

function apply(stage: Stage, instruction: Instruction, written: readonly string[], values: ArgValues): Partial<Stage> {
  const words = written.map((word) => expand(word, { ...stage.args, ...stage.environment }))
  switch (instruction.getKeyword()) {
    case 'ARG':
      return { args: { ...stage.args, ...argsOf(words, values) } }
    case 'EXPOSE':
      return { ports: [...stage.ports, ...words.flatMap((word) => Number.parseInt(word, 10) || [])] }
    case 'VOLUME': {
      const paths = execForm(instruction) ?? words.map(withoutQuotes)
      return { volumes: [...stage.volumes, ...paths.filter((path) => !path.includes('$')).map(volumePath)] }
    }
    case 'USER':
      return { user: words[0] ?? '' }
    case 'WORKDIR': {
      const [path = ''] = words.map(withoutQuotes)
      return { workdir: path.startsWith('/') ? path : `${stage.workdir.replace(/\/$/, '')}/${path}` }
    }
    case 'ENV':
      return { environment: { ...stage.environment, ...variables(words) } }
    case 'COPY':
    case 'ADD':
      return {
        copies: [
          ...stage.copies,
          ...copiedBy(stage.workdir, execForm(instruction) ?? words.map(withoutQuotes), fromFlags(instruction)[0]),
        ],
      }
    case 'RUN':
      return { runs: [...stage.runs, instruction.getArgumentsContent() ?? ''] }
    case 'HEALTHCHECK':
      return { healthcheck: !words.some((word) => word.toUpperCase() === 'NONE') }
    case 'CMD':
    case 'ENTRYPOINT': {
      const exec = execForm(instruction)
      const before = instruction.getKeyword() === 'CMD' && stage.ownCommand ? stage.command?.words : undefined
      return {
        command: { words: [...(before ?? []), ...(exec ?? words)], shell: exec === undefined },
        ownCommand: true,
      }
    }
    default:
      return {}
  }
}

// What COPY --from=… and RUN --mount=from=… name.
const fromFlags = (instruction: Instruction): string[] =>
  instruction instanceof Copy || instruction instanceof Run
    ? instruction.getFlags().flatMap((flag) => {
        const value = flag.getValue() ?? ''
        if (flag.getName() === 'from') return [value]
        return flag.getName() === 'mount' ? [/(?:^|,)from=([^,]+)/.exec(value)?.[1] ?? ''] : []
      })
    : []
const withoutQuotes = (word: string) => word.replace(/^(["'])(.*)\1$/, '$2')
const sameName = (one: string, other: string) => one !== '' && one.toLowerCase() === other.toLowerCase()
const wordsOf = (instruction: Instruction) => (instruction.getArgumentsContent() ?? '').split(/\s+/).filter(Boolean)

/** The words of the exec form, which is JSON; undefined for the shell form. */
function execForm(instruction: Instruction): string[] | undefined {
  try {
    const value: unknown = JSON.parse(instruction.getArgumentsContent() ?? '')
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined
  } catch {
    return undefined
  }
}
