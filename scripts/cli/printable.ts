// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** Text as it can be shown: what would move a terminal's cursor, colour it or turn its direction is written out. */
export const printable = (text: string): string =>
  text.replace(CONTROL, (found) => {
    const code = found.charCodeAt(0)
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })

/** The same for one message: further lines are indented, so that none looks like a message of its own. */
export const printableMessage = (text: string): string => printable(text).replaceAll('\n', '\n  ')
