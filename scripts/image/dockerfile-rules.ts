import { type Dockerfile, DockerfileParser, type Instruction } from 'dockerfile-ast'

/** What is wrong in a line of a Dockerfile, by the name that hadolint or BuildKit gives to the rule. */
export type Breach = { readonly rule: string; readonly line: number; readonly says: string }

type Rule = {
  readonly says: string
  readonly on: readonly string[]
  /** `text` is without the flags of the instruction. */
  readonly breaks: (text: string, file: Dockerfile, instruction: Instruction) => boolean
}
const INSTALLS = /\bapt-get\s+(?:-\S+\s+)*install\b/

// Those rules of hadolint (https://github.com/hadolint/hadolint) that matter to what runs later, and that need no other
// file. Neither npm nor Debian has hadolint itself, and Debian's Buildx is older than BuildKit's checks.
const RULES: Readonly<Record<string, Rule>> = {
  DL3004: {
    on: ['RUN'],
    says: 'sudo: the build is root, or USER says who',
    breaks: (text) => /(?:^|[;&|({]\s*)sudo\s/.test(text),
  },
  DL3006: { on: ['FROM'], says: 'the image has no tag', breaks: (text, file) => /^[^:@$]+$/.test(outside(text, file)) },
  DL3007: { on: ['FROM'], says: 'latest is another image tomorrow', breaks: (text) => /:latest(?:\s|$)/.test(text) },
  DL3014: {
    on: ['RUN'],
    says: 'apt-get asks a question, and nobody answers: add -y',
    breaks: (text) => INSTALLS.test(text) && !/\s-\w*(?:y|qq)|--(?:yes|assume-yes)\b/.test(text),
  },
  DL3015: {
    on: ['RUN'],
    says: 'more than is asked for is installed: add --no-install-recommends',
    breaks: (text) => INSTALLS.test(text) && !text.includes('--no-install-recommends'),
  },
  DL3020: {
    on: ['ADD'],
    says: 'COPY does the same, and nothing else',
    breaks: (text) => !/^(?:https?:|git@|\S+\.(?:tar|tgz|tar\.\w+|txz|tbz2?)\b)/.test(text),
  },
  DL3025: {
    on: ['CMD', 'ENTRYPOINT'],
    says: 'a shell stands before it, and may keep signals from it: write it as JSON',
    breaks: (text) => !text.startsWith('['),
  },
  DL3027: {
    on: ['RUN'],
    says: 'apt is for people: apt-get',
    breaks: (text) => /\bapt\s+(?:-\S+\s+)*(?:install|update|upgrade)\b/.test(text),
  },
  DL3042: {
    on: ['RUN'],
    says: "pip's cache stays in the image: add --no-cache-dir",
    breaks: (text, file, instruction) =>
      /\bpip3?\s+install\b/.test(text) &&
      !/--no-cache-dir|--mount=type=cache/.test(instruction.getTextContent()) &&
      !sets(file, 'ENV', 'PIP_NO_CACHE_DIR'),
  },
  DL4006: {
    on: ['RUN'],
    says: 'what fails before the pipe goes unseen: set -o pipefail',
    breaks: (text, file) =>
      /[^|]\|[^|]/.test(text.replaceAll(/'[^']*'|"[^"]*"/g, '')) &&
      !text.includes('pipefail') &&
      !sets(file, 'SHELL', 'pipefail'),
  },
  SecretsUsedInArgOrEnv: {
    on: ['ENV', 'ARG'],
    says: 'whoever has the image can read it: RUN --mount=type=secret gives a secret to a build alone',
    breaks: (text) => [...text.matchAll(/(?:^|\s)(\w+)(?:=|\s|$)/g)].some(([, name = '']) => isSecret(name)),
  },
}

/** The names of the variables whose values may be secrets, or have one in them as a URL has. */
export const secretsIn = (values: Readonly<Record<string, string>>): string[] =>
  Object.keys(values).filter((name) => values[name] && (isSecret(name) || /:\/\/[^/@]*:[^/@]+@/.test(values[name])))

/** Whether a variable of that name may hold a secret. A file's path is none, nor is a public key. */
export const isSecret = (name: string) =>
  /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i.test(name) &&
  !/_file$|(?:^|_)public(?:_|$)/i.test(name)

const sets = (file: Dockerfile, keyword: string, what: string) =>
  file.getInstructions().some((one) => one.getKeyword() === keyword && one.getTextContent().includes(what))

/**
 * Checks a Dockerfile that is built up to the stage `target`; hadolint's own comment above an instruction
 * (`# hadolint ignore=DL3020`) excepts it.
 */
export function checkDockerfile(text: string, target?: string): Breach[] {
  const file = DockerfileParser.parse(text)
  const excepted = exceptionsIn(text)
  const found = file
    .getInstructions()
    .flatMap((instruction) =>
      Object.entries(RULES).flatMap(([rule, { on, says, breaks }]) =>
        on.includes(instruction.getKeyword()) && breaks(instruction.getArgumentsContent() ?? '', file, instruction)
          ? [{ rule, line: lineOf(instruction), says }]
          : [],
      ),
    )
  return [...found, ...rootAtTheEnd(file, target)].filter(({ rule, line }) => !excepted.get(line)?.includes(rule))
}

/** The shell scripts of a Dockerfile's RUN instructions, for a linter of shells, each with its line. */
export const scriptsIn = (text: string): { readonly line: number; readonly script: string }[] =>
  DockerfileParser.parse(text)
    .getInstructions()
    .filter((one) => one.getKeyword() === 'RUN')
    .map((one) => ({ line: lineOf(one), script: one.getArgumentsContent() ?? '' }))
    .filter(({ script }) => !/^(?:\[|<<)/.test(script))

// The target, or the last stage, is what runs; a stage before it may well build as root.
function rootAtTheEnd(file: Dockerfile, target: string | undefined): Breach[] {
  const stages = file.getFROMs()
  const wanted = target === undefined ? -1 : stages.findIndex((from) => sameName(from.getBuildStage(), target))
  const next = wanted < 0 ? undefined : stages[wanted + 1]
  const last = file
    .getInstructions()
    .filter((one) => next === undefined || lineOf(one) < lineOf(next))
    .findLast((one) => ['FROM', 'USER'].includes(one.getKeyword()))
  if (!last || last.getKeyword() === 'FROM' || !/^(?:root|0)\b/.test(last.getArgumentsContent() ?? '')) return []
  return [{ rule: 'DL3002', line: lineOf(last), says: 'what runs in the image is root' }]
}

// The image that FROM names; empty for an earlier stage and for nothing at all.
function outside(text: string, file: Dockerfile): string {
  const [image = ''] = text.split(/\s+/)
  const stages = file.getFROMs().map((from) => from.getBuildStage()?.toLowerCase())
  return image === 'scratch' || stages.includes(image.toLowerCase()) ? '' : image.replace(/^.*\//, '')
}

const sameName = (one: string | null, other: string) => one?.toLowerCase() === other.toLowerCase()
const lineOf = (instruction: Instruction) => instruction.getRange().start.line + 1
const exceptionsIn = (text: string) =>
  new Map(
    text.split('\n').flatMap((line, index) => {
      const [, rules] = /^#\s*hadolint\s+ignore=(\S+)/.exec(line) ?? []
      // Line numbers begin with 1, and the comment stands above.
      return rules ? [[index + 2, rules.split(',')] as const] : []
    }),
  )
