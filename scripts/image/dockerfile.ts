import { posix } from 'node:path'
import { Copy, type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'
import { Failure } from '../cli/failure.ts'

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
  readonly healthcheck: boolean
  /** The words of CMD or ENTRYPOINT, and whether a shell comes before them. */
  readonly command: { readonly words: readonly string[]; readonly shell: boolean } | undefined
  /** Whether this stage itself sets the command, rather than an earlier one. */
  readonly ownCommand: boolean
  /** What it copies: from the context, unless `from` names another stage or image. */
  readonly copies: readonly Copied[]
}
export type Copied = {
  readonly from: string
  readonly sources: readonly string[]
  /** An absolute path; with a slash at its end, a folder. */
  readonly to: string
}
export type DockerfileFacts = {
  /** The frontend that a `# syntax=` line asks for. */
  readonly syntax: string | undefined
  readonly stages: readonly Stage[]
  /** The images that FROM and COPY --from take from outside, without those named by an ARG that has no value. */
  readonly images: readonly string[]
}

// What no honest Dockerfile comes near: reading more takes seconds, which grow with the square.
const [MOST_BYTES, MOST_LINES] = [200_000, 2000]

/**
 * Reads a Dockerfile, with the build's own values for its ARGs or their defaults. Any other text gives no stages. Throws a
 * Failure where it is too large.
 */
export function parseDockerfile(text: string, given: Readonly<Record<string, string>> = {}): DockerfileFacts {
  if (text.length > MOST_BYTES || text.split('\n').length > MOST_LINES)
    throw new Failure(`a Dockerfile is longer than ${MOST_LINES} lines or ${MOST_BYTES / 1000} kB`, {
      next: 'let it be shorter: move commands into scripts that it copies',
    })
  const file = DockerfileParser.parse(text)
  const stages: Stage[] = []
  const images = new Set<string>()
  const isOutside = (name: string) =>
    name !== '' &&
    !/[$]/.test(name) &&
    name !== 'scratch' &&
    !/^\d+$/.test(name) &&
    !stages.some((stage) => sameName(stage.name, name))
  for (const instruction of file.getInstructions()) {
    const [words, last] = [wordsOf(instruction), stages.at(-1)]
    if (instruction.getKeyword() === 'FROM') {
      const named = words.findIndex((word) => /^as$/i.test(word))
      const { text: reference, whole } = fill(file, words[0] ?? '', given)
      if (whole && isOutside(reference)) images.add(reference)
      stages.push(beginStage(named < 0 ? '' : (words[named + 1] ?? ''), reference, stages))
    } else if (last) {
      const from = instruction instanceof Copy ? flagOf(instruction, 'from') : ''
      if (isOutside(from)) images.add(from)
      stages[stages.length - 1] = { ...last, ...apply(last, instruction, words) }
    }
  }
  const syntax = file.getDirectives().find((directive) => directive.getName().toLowerCase() === 'syntax')
  return { syntax: syntax?.getValue(), stages, images: [...images] }
}

function beginStage(name: string, image: string, stages: readonly Stage[]): Stage {
  const base = stages.find((stage) => sameName(stage.name, image))
  const bare = { user: '', workdir: '/', environment: {}, healthcheck: false, command: undefined, copies: [] }
  return { ...(base ?? { image, ports: [], volumes: [], ...bare }), name, ownCommand: false }
}

function apply(stage: Stage, instruction: Instruction, words: readonly string[]): Partial<Stage> {
  switch (instruction.getKeyword()) {
    case 'EXPOSE':
      return { ports: [...stage.ports, ...words.flatMap((word) => Number.parseInt(word, 10) || [])] }
    case 'VOLUME':
      return { volumes: [...stage.volumes, ...(execForm(instruction) ?? words)] }
    case 'USER':
      return { user: words[0] ?? '' }
    case 'WORKDIR':
      return { workdir: words[0]?.startsWith('/') ? words[0] : `${stage.workdir.replace(/\/$/, '')}/${words[0] ?? ''}` }
    case 'ENV':
      return { environment: { ...stage.environment, ...variables(words) } }
    case 'COPY':
    case 'ADD':
      return { copies: [...stage.copies, ...copiedBy(stage, instruction, words)] }
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

function copiedBy({ workdir }: Stage, instruction: Instruction, words: readonly string[]): Copied[] {
  const all = execForm(instruction) ?? words.filter((word) => !word.startsWith('--'))
  const last = all.at(-1) ?? ''
  const to = last.startsWith('/') ? last : posix.join(workdir, last, last === '.' || last.endsWith('/') ? '/' : '')
  return all.length < 2
    ? []
    : [{ from: instruction instanceof Copy ? flagOf(instruction, 'from') : '', sources: all.slice(0, -1), to }]
}

const flagOf = (copy: Copy, name: string) =>
  copy
    .getFlags()
    .find((flag) => flag.getName() === name)
    ?.getValue() ?? ''
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

// `ENV NAME value` sets one, `ENV NAME=value …` several.
function variables(words: readonly string[]): Record<string, string> {
  const [first = '', ...rest] = words
  if (!first.includes('=')) return { [first]: rest.join(' ') }
  return Object.fromEntries(
    words.map((word) => [word.split('=')[0] ?? '', word.slice(word.indexOf('=') + 1).replace(/^(["'])(.*)\1$/, '$2')]),
  )
}

// FROM may use the ARGs before it; `whole` says that each has a value.
function fill(file: Dockerfile, text: string, given: Readonly<Record<string, string>>) {
  const values = new Map(
    file.getInitialARGs().map((arg) => {
      const property = arg.getProperty()
      const name = property?.getName() ?? ''
      return [name, given[name] ?? property?.getValue() ?? '']
    }),
  )
  let whole = true
  const filled = text.replace(/\$\{?(\w+)(?::?-([^}]*))?\}?/g, (_, name: string, other = '') => {
    const value = values.get(name) || other
    whole &&= value !== ''
    return value
  })
  return { text: filled, whole }
}
