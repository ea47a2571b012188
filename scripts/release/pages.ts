import { Failure } from '../cli/failure.ts'

/** The answers that the proxy gives by itself, and that may have a page of one's own. */
export const OWN_ANSWERS = ['400', '408', '413', '429', '500', '502', '503', '504']
// An answer of the proxy must fit its buffer of 16 kB, with the headers.
const MOST_PAGE = 14_000

/** Text as one word of HAProxy's configuration. */
export const quoteText = (text: string): string =>
  `"${text
    .replace(/[\\"$]/g, '\\$&')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')}"`

/** Gives a page back. Throws a Failure where it is empty, too large for an answer of the proxy, or no text. */
export function checkPage(file: string, page: string): string {
  const bytes = Buffer.byteLength(page)
  const problem =
    bytes === 0
      ? 'is empty'
      : bytes > MOST_PAGE
        ? `has ${bytes} bytes; an answer of the proxy holds ${MOST_PAGE}`
        : /[\0\ufffd]/.test(page)
          ? 'is no text in UTF-8'
          : undefined
  if (problem === undefined) return page
  throw new Failure(`${file} ${problem}`, { next: `correct ${file}, then run the command again` })
}

/** The pages of a folder, by status. Throws a Failure where a file is none, or the proxy never gives such an answer. */
export function pagesOf(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  const pages = Object.entries(files).map(([name, page]) => {
    const status = name.replace(/\.html$/, '')
    if (name !== `${status}.html` || !OWN_ANSWERS.includes(status))
      throw new Failure(
        `${folder}/${name} is no page for an answer of the proxy; its answers are ${OWN_ANSWERS.join(', ')}`,
        {
          next: `name it 503.html, say, or move it out of ${folder}`,
        },
      )
    return [status, checkPage(`${folder}/${name}`, page)] as const
  })
  return Object.fromEntries(pages)
}

/** A proxy's configuration with those pages instead of its own. */
export const withPages = (config: string, pages: Readonly<Record<string, string>> = {}): string =>
  config.replace(/^ {2}http-error status 503 .*\n/m, (line) =>
    [
      pages['503'] === undefined ? line : '',
      ...Object.entries(pages).map(
        ([status, page]) =>
          `  http-error status ${status} content-type "text/html; charset=utf-8" string ${quoteText(page)}${status === '503' ? ' hdr Retry-After 2' : ''}\n`,
      ),
    ].join(''),
  )
