import { expect, test } from 'vitest'
import { nameUnreleased, readSection, renderChanges } from './changelog.ts'
import { parseChange } from './commits.ts'

const release = (text: string | undefined, messages = ['feat: a page']) =>
  nameUnreleased(text, '1.3.0', '2026-11-21', messages.map(parseChange))
const made = '### Added\n\n- a page'

test.each([
  ['no file', undefined, `# Changelog\n\n## Unreleased\n\n## 1.3.0 - 2026-11-21\n\n${made}\n`],
  [
    'what is written must be kept',
    '# Log\n\nWords.\n\n## Unreleased\n\n- mine\n\n## 1.2.3 - 2026-01-01\n\n- old\n',
    '# Log\n\nWords.\n\n## Unreleased\n\n## 1.3.0 - 2026-11-21\n\n- mine\n\n## 1.2.3 - 2026-01-01\n\n- old\n',
  ],
  [
    'brackets and links must stay',
    '# Log\n\n## [Unreleased]\n\n- mine\n\n[unreleased]: https://example.com/compare\n',
    '# Log\n\n## [Unreleased]\n\n## [1.3.0] - 2026-11-21\n\n- mine\n\n[unreleased]: https://example.com/compare\n',
  ],
  [
    'links must not count as a section',
    '# Log\n\n## [Unreleased]\n\n[unreleased]: https://example.com/compare\n',
    `# Log\n\n## [Unreleased]\n\n## [1.3.0] - 2026-11-21\n\n${made}\n\n[unreleased]: https://example.com/compare\n`,
  ],
  [
    'an empty section must be made from the commits',
    '# Log\n\n## Unreleased\n\n### Added\n\n<!-- nothing\nyet -->\n\n## 1.2.3\n\n- old',
    `# Log\n\n## Unreleased\n\n## 1.3.0 - 2026-11-21\n\n${made}\n\n## 1.2.3\n\n- old\n`,
  ],
  [
    'a missing section must come above the newest version',
    '# Log\n\n## 1.2.3\n\n- old\n',
    `# Log\n\n## Unreleased\n\n## 1.3.0 - 2026-11-21\n\n${made}\n\n## 1.2.3\n\n- old\n`,
  ],
  [
    'line ends must stay',
    '# Log\r\n\r\n## Unreleased\r\n\r\n- mine\r\n',
    '# Log\r\n\r\n## Unreleased\r\n\r\n## 1.3.0 - 2026-11-21\r\n\r\n- mine\r\n',
  ],
  [
    'a heading in code must not count',
    '# Log\n\n```md\n## Unreleased\n```\n\n## Unreleased\n\n~~~~\n~~~\n## 1.0.0\n~~~~\n',
    '# Log\n\n```md\n## Unreleased\n```\n\n## Unreleased\n\n## 1.3.0 - 2026-11-21\n\n~~~~\n~~~\n## 1.0.0\n~~~~\n',
  ],
  [
    'text must be copied unchanged',
    "# Log\n\n## Unreleased\n\n- $& $1 $` $(id) \\n `'\n",
    "# Log\n\n## Unreleased\n\n## 1.3.0 - 2026-11-21\n\n- $& $1 $` $(id) \\n `'\n",
  ],
])('%s', (_, before, after) => {
  expect(release(before)).toBe(after)
})

test('a second release must leave the first as it is', () => {
  const first = release(undefined)
  const second = nameUnreleased(first, '1.4.0', '2026-11-22', [parseChange('fix: b')])
  expect(readSection(second, '1.3.0')).toBe(made)
  expect(readSection(second, '1.4.0')).toBe('### Fixed\n\n- b')
})

test.each(['1.3.0', '[1.3.0] - 2026-11-21', 'v1.3.0', '[1.3.0](https://example.com)'])(
  'the heading %s must be found, and no other version',
  (title) => {
    expect(readSection(`## 1.3.0-rc.1\n\n- no\n\n## ${title}\n\n- yes\n`, '1.3.0')).toBe('- yes')
    expect(readSection(`## ${title}\n\n- yes\n`, '1.3')).toBeUndefined()
  },
)

test.each([
  [
    'breaking changes must come first, and be marked',
    ['fix: f', 'feat: a', 'fix(api)!: b', 'perf: p', 'feat: c\n\nBREAKING CHANGE: the path\nhas moved', 'chore: quiet'],
    '### Changed\n\n- **Breaking:** api: b\n- **Breaking:** c: the path has moved\n- p\n\n### Added\n\n- a\n\n### Fixed\n\n- f',
  ],
  ['commits without a type must be listed', ['Add a page', 'docs: quiet'], '### Changed\n\n- Add a page'],
  ['chores must be listed where there is nothing else', ['chore: a', 'docs: b'], '### Changed\n\n- a\n- b'],
  [
    'a subject must stay one harmless line',
    ['fix: \u001b[31m<!-- ## 9.9.9 $& `x`\r## 8.8.8'],
    '### Fixed\n\n- [31m<\\!-- ## 9.9.9 $& `x` ## 8.8.8',
  ],
])('%s', (_, messages, expected) => {
  expect(renderChanges(messages.map(parseChange))).toBe(expected)
})

test.each(['\0', '\x1b\x07', ' \t\n\0'])('a commit whose message is %j must have none', (message) => {
  expect(parseChange(message)).toMatchObject({ subject: '(no message)', breaking: false })
})
