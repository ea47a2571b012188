import { expect, test } from 'vitest'
import { anchorOf, neutral, patternOf, readGuide } from './guide.ts'

const BLOCK = '```console\n$ make status   # who serves\napp 1.0.0\n\nproxy\n$ make down\n```\n'

test('each command of a block must be found with its output, in lists, too', () => {
  expect(readGuide(BLOCK).commands).toEqual([
    { line: 'make status   # who serves', output: ['app 1.0.0', 'proxy'] },
    { line: 'make down', output: [] },
  ])
  expect(readGuide(`- item\n\n${BLOCK.replaceAll(/^/gm, '  ')}`).commands).toHaveLength(2)
  expect(readGuide('```console\n# iptables -L\n```\n').commands).toEqual([{ line: 'iptables -L', output: [] }])
  expect(() => readGuide('```console\nno command\n```\n')).toThrow('begins without a command: no command')
  expect(readGuide('```yaml\n$ make down\n```\n').commands).toEqual([])
})

test('links, headings and code must be found', () => {
  const text = '# A `make` of [its own](b.md#c)\n\nSee `make deploy` in ![a picture](p.svg).'
  expect(readGuide(text)).toMatchObject({
    spans: ['make', 'make deploy'],
    links: ['b.md#c', 'p.svg'],
    headings: ['A `make` of [its own](b.md#c)'],
  })
  expect(anchorOf("What's new: A/B `x-route`, 2")).toBe('whats-new-ab-x-route-2')
})

const shows = (shown: string, real: string) => patternOf(shown.split('\n')).test(neutral(`${real}\n`))
test.each([
  ['deployed: 1.4.2 at http://127.0.0.1:8080', 'deployed: 1.4.3-dev.2.gabc1234 at http://127.0.0.1:8080', true],
  ['deployed: 1.4.2', 'deploied: 1.4.2', false],
  ['deployed: 1.4.2', 'deployed: 1.4.2\nmore', false],
  ['deployed: 1.4.2\n…', 'deployed: 1.4.2\nmore\nand more', true],
  ['…\nlast', 'first\nlast', true],
  ['…\nlast', 'first\nlast one', false],
  ['image 3fb8829eb2a1 (195 MB)', 'image 000111222333 (1.2 GB)', true],
  ['port   ok 5000', 'port ok 3000', false],
  ['app   1.0.0   healthy … ago', 'app 1.0.0 healthy 3 s ago', true],
  ['(a.b)', '(aXb)', false],
  ['deployed: 1.4.2', '→ stop it\ndeployed: 1.4.2\n✓ stop it  1.5 s', true],
])('%j must match %j: %s', (shown, real, expected) => {
  expect(shows(shown, real)).toBe(expected)
})
