import type { Change } from './commits.ts'

type Section = { readonly title: string; readonly start: number; readonly end: number }

/** Reads the section of a version in CHANGELOG.md, without its heading; undefined where there is none. */
export function readSection(text: string, version: string): string | undefined {
  const lines = text.split(/\r?\n/)
  const found = sectionsOf(lines).find(({ title }) => /^\[?v?([^\s\]]+)/.exec(title)?.[1] === version)
  return found && bodyOf(lines, found)
}

/**
 * Names the Unreleased section of CHANGELOG.md after a version, and opens a new one above it. `changes` fill the
 * section where it is empty. `text` is undefined where there is no such file yet; `date` is YYYY-MM-DD.
 */
export function nameUnreleased(
  text: string | undefined,
  version: string,
  date: string,
  changes: readonly Change[],
): string {
  const eol = text?.includes('\r\n') ? '\r\n' : '\n'
  const lines = (text ?? '# Changelog\n').trimEnd().split(/\r?\n/)
  const sections = sectionsOf(lines)
  const unreleased = sections.find(({ title }) => /^\[?unreleased\b/i.test(title))
  // Without such a section, the new one goes where it would be: above the newest version.
  const start = unreleased?.start ?? sections[0]?.start ?? endOf(lines)
  const title = unreleased?.title ?? 'Unreleased'
  const named = title.startsWith('[') ? `[${version}]` : version
  const written = unreleased ? bodyOf(lines, unreleased) : ''
  const body = saysSomething(written) ? written : renderChanges(changes)
  const fresh = [`## ${title}`, '', `## ${named} - ${date}`, '', ...body.split('\n'), '']
  const before = lines.slice(0, start)
  if (before.at(-1)) before.push('')
  const after = lines.slice(unreleased?.end ?? start)
  while (after[0]?.trim() === '') after.shift()
  return `${[...before, ...fresh, ...after].join(eol).trimEnd()}${eol}`
}

/**
 * Renders commits as a section: breaking changes first and marked, then Added and Fixed. Chores appear only where all
 * are chores.
 */
export function renderChanges(changes: readonly Change[]): string {
  const isQuiet = ({ type, breaking }: Change) =>
    !breaking && ['build', 'chore', 'ci', 'docs', 'refactor', 'style', 'test'].includes(type)
  const worth = changes.some((change) => !isQuiet(change)) ? changes.filter((change) => !isQuiet(change)) : changes
  const of = (type: string) => worth.filter((change) => change.type === type && !change.breaking)
  const rest = worth.filter(({ type, breaking }) => !breaking && type !== 'feat' && type !== 'fix')
  const groups: [string, Change[]][] = [
    ['Changed', [...worth.filter(({ breaking }) => breaking), ...rest]],
    ['Added', of('feat')],
    ['Fixed', of('fix')],
  ]
  return groups
    .filter(([, list]) => list.length > 0)
    .map(([title, list]) => `### ${title}\n\n${list.map(renderChange).join('\n')}`)
    .join('\n\n')
}

function renderChange({ breaking, scope, subject, note }: Change): string {
  const line = `${breaking ? '**Breaking:** ' : ''}${scope ? `${scope}: ` : ''}${subject}${note ? `: ${note}` : ''}`
  // A comment that opens here would hide everything below it.
  return `- ${line.replaceAll('<!--', '<\\!--')}`
}

// The sections under headings of the second level; fenced code has no headings.
function sectionsOf(lines: readonly string[]): Section[] {
  let fence = ''
  const starts: number[] = []
  for (const [index, line] of lines.entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? ''
    if (fence === '' && mark) fence = mark
    else if (fence && mark.startsWith(fence) && line.trim() === mark) fence = ''
    else if (fence === '' && /^##\s/.test(line)) starts.push(index)
  }
  return starts.map((start, index) => ({
    title: (lines[start] ?? '').slice(2).trim(),
    start,
    end: starts[index + 1] ?? endOf(lines),
  }))
}

// Link definitions at the end belong to the file, not to its last section.
function endOf(lines: readonly string[]): number {
  return lines.findLastIndex((line) => line.trim() !== '' && !/^\[[^\]]+\]:\s/.test(line)) + 1
}

const bodyOf = (lines: readonly string[], { start, end }: Section) =>
  lines
    .slice(start + 1, end)
    .join('\n')
    .trim()

const saysSomething = (body: string) =>
  body
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .split('\n')
    .some((line) => line.trim() !== '' && !/^###\s/.test(line))
