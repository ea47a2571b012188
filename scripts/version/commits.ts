import { CommitParser } from 'conventional-commits-parser'

/** A commit as Conventional Commits reads it. */
export type Change = {
  /** Such as feat; empty where the message is not a conventional one. */
  readonly type: string
  readonly scope: string
  readonly subject: string
  readonly breaking: boolean
  /** What a BREAKING CHANGE footer says; empty without one. */
  readonly note: string
}

const parser = new CommitParser({
  breakingHeaderPattern: /^(\w*)(?:\(([\w$@.\-*/ ]*)\))?!: (.*)$/,
  // The default lets a line such as -notes- in a body overwrite what the parser found.
  fieldPattern: /(?!)/,
})

/** Reads a commit's whole message. What it gives is one line each, without control characters. */
export function parseChange(message: string): Change {
  if (message.trim() === '') return { type: '', scope: '', subject: '(no message)', breaking: false, note: '' }
  const commit = parser.parse(message.replace(/[^\P{Cc}\n]/gu, ' '))
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
