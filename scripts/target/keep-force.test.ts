import { expect, test } from 'vitest'
import type { ForceWord } from '../config/options.ts'
import { keepForce } from './keep-force.ts'

const hidden = 'take the mount out; where they are data: make deploy FORCE=hidden-files'
test.each<[string, string, readonly ForceWord[], string]>([
  ['nothing where nothing is forced', hidden, [], hidden],
  ['what is forced', hidden, ['unsaved-files'], `${hidden.slice(0, -12)}unsaved-files,hidden-files`],
  ['no word twice', hidden, ['hidden-files'], hidden],
  ['nothing that the target does not take', hidden, ['retest', 'untested'], hidden],
  [
    'each command by its own target',
    'make ship FORCE=retest; or: make test FORCE=retest   (makes it anew)',
    ['run-log'],
    'make ship FORCE=run-log,retest; or: make test FORCE=retest   (makes it anew)',
  ],
  [
    'a remark on a command as well',
    'make deploy ENV=staging VERSION=1.4.2   (FORCE=promotion takes it without that)',
    ['left-behind', 'second-project'],
    'make deploy ENV=staging VERSION=1.4.2   (FORCE=left-behind,second-project,promotion takes it without that)',
  ],
  [
    'what is no command',
    'name what you mean, such as FORCE=untested',
    ['retest'],
    'name what you mean, such as FORCE=untested',
  ],
])('a suggestion must keep %s', (_, next, forced, expected) => {
  expect(keepForce(next, new Set(forced))).toBe(expected)
})
