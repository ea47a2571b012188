// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

const hex = (found: string, digits: number) => found.charCodeAt(0).toString(16).padStart(digits, '0')

/** Text as it can be shown: what would move a terminal's cursor, colour it or turn its direction is written out. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (found) => (found < '\u0100' ? `\\x${hex(found, 2)}` : `\\u${hex(found, 4)}`))

/** The same for a JSON document: no such character is outside of its texts, and within them it has a way to write each. */
export const printableJson = (json: string): string => json.replace(CONTROL, (found) => `\\u${hex(found, 4)}`)

/** The same for one message: further lines are indented, so that none looks like a message of its own. */
export const printableMessage = (text: string): string => printable(text).replaceAll('\n', '\n  ')
