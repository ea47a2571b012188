import fc from 'fast-check'

// What an attacker, a damaged disk or another version puts in the place of a value that the code expects.
const LONG = 'a'.repeat(129)
const BRACKETS = '['.repeat(8192)
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, 70_000, '', ' ', LONG, `1.0.0-${LONG}`, LONG.repeat(100), [], {}, [null], [[]], [{}]],
  ...[{ a: null }, { ['__proto__']: { a: 1 } }, '__proto__', 'constructor', 'toString', '../..', '/', '--help', '-'],
  ...[
    '$(touch /tmp/p)',
    '`id`',
    `\${HOME}`,
    'a\nb',
    '\u0000',
    '\ud800',
    '\u001b[2J',
    '\u202e',
    "'",
    '"',
    ':',
    '@',
    '%',
  ],
  ...[
    'v1.0.0',
    '1.0.0',
    '01.2.3',
    '1.0.0+b',
    'x:y@sha256:z',
    `sha256:${'0'.repeat(64)}`,
    'NaN',
    '1e9',
    '0x10',
    BRACKETS,
  ],
]
const TOKENS: readonly string[] = [
  ...VALUES.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
  ...[
    '\n',
    '\r\n',
    '\t',
    ',',
    '{',
    '}',
    ']',
    '#',
    '=',
    '&a ',
    '*a ',
    '!!js/function ',
    '<<: *a',
    '---\n',
    '|',
    '>',
    '\\',
  ],
  ...['{"a":'.repeat(4000), '- '.repeat(4000), '(((((((((', 'a'.repeat(20_000), ' '.repeat(5000), '0'.repeat(400)],
]
const value = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...VALUES) }, fc.jsonValue())
const token = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TOKENS) },
  fc.string({ unit: 'binary', maxLength: 8 }),
)

/** Texts that were one of `examples` before some pieces of it were cut out, repeated, or replaced. */
export const mutatedTexts = (examples: readonly string[]): fc.Arbitrary<string> => {
  const change = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, 0, 1, 3, 20, 1e6),
    token,
    fc.boolean(),
  )
  return fc
    .tuple(fc.constantFrom(...examples), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([example, all]) =>
      all.reduce((text, [where, cut, inserted, repeat]) => {
        const at = Math.floor(where * text.length)
        const piece = repeat
          ? text
              .slice(at, at + cut)
              .slice(0, 1000)
              .repeat(3)
          : inserted
        return text.slice(0, at) + piece + text.slice(at + cut)
      }, example),
    )
}

/** Values that were one of `examples` before some of the values in it, or their keys, were replaced or removed. */
export const mutatedValues = (examples: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.constantFrom(...examples),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), value, fc.string()), { minLength: 1, maxLength: 3 }),
    )
    .map(([example, all]) =>
      all.reduce((whole, [number, how, put, key]) => {
        const nodes = nodesOf(whole)
        const node = nodes[number % nodes.length]
        // Each its own copy: later changes would reach the others, and could make a value a part of itself.
        const own = structuredClone(put)
        return node === undefined ? own : mutate(whole, node, how, own, key)
      }, structuredClone(example)),
    )

type Node = { readonly parent: Record<string, unknown>; readonly key: string }
const nodesOf = (whole: unknown): Node[] =>
  typeof whole !== 'object' || whole === null
    ? []
    : Object.keys(whole).flatMap((key) => {
        const parent = whole as Record<string, unknown>
        return [{ parent, key }, ...nodesOf(parent[key])]
      })

function mutate(whole: unknown, { parent, key }: Node, how: number, put: unknown, name: string): unknown {
  const set = (at: string) =>
    Object.defineProperty(parent, at, { value: put, ...{ enumerable: true, writable: true, configurable: true } })
  if (how === 0) delete parent[key]
  else if (how === 1 && !Array.isArray(parent)) set(typeof put === 'string' ? put : name)
  else set(key)
  return whole
}
