import { CommitParser } from 'conventional-commits-parser'

/** A commit, read by the rules of Conventional Commits. */
export type Change = {
  /** Such as feat; empty where the message does not follow the convention. */
  readonly type: string
  readonly scope: string
  readonly subject: string
  readonly breaking: boolean
  /** The text of a BREAKING CHANGE footer; empty without one. */
  readonly note: string
}

const parser = new CommitParser({
  breakingHeaderPattern: /^(\w*)(?:\(([\w$@.\-*/ ]*)\))?!: (.*)$/,
  // By default a line such as -notes- in a body overwrites what the parser found.
  fieldPattern: /(?!)/,
})

/** Parses a commit's whole message. Each text of the result is one line, without control characters. */
export function parseChange(message: string): Change {
  const clean = message.replace(/[^\P{Cc}\n]/gu, ' ')
  if (clean.trim() === '') return { type: '', scope: '', subject: '(no message)', breaking: false, note: '' }
  const commit = parser.parse(clean)
  const type = commit['type']?.toLowerCase() ?? (commit.revert ? 'revert' : '')
  const subject = oneLine(commit['subject'] ?? commit.header ?? '')
  const note = oneLine(commit.notes.map(({ text }) => text).join(' '))
  return {
    type,
    scope: oneLine(commit['scope'] ?? ''),
    subject,
    breaking: commit.notes.length > 0,
    note: note === subject ? '' : note,
  }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
