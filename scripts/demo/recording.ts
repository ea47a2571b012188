/** What was written to the terminal, and when, in milliseconds since the recording began. */
export type Piece = { readonly ms: number; readonly text: string }

type Line = { readonly from: number; readonly row: number; readonly text: string }
/** A line that stays, or one that another takes the place of at `to`. */
type Shown = Line & { readonly to?: number }

// In pixels.
const [WIDE, HIGH, EDGE] = [8.4, 20, 16]
// In milliseconds: how long the animation may take, how often its living line may change, and how long the end stays.
const [MOST, BLINK, REST] = [40_000, 250, 6000]
const COLOURS: Readonly<Record<string, string>> = { 31: 'r', 32: 'g', 33: 'y', 36: 'c', 2: 'd' }
const STYLE = `text{font:14px ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;fill:#e6e8eb}.r{fill:#ff8a8f}.g{fill:#6fd197}.y{fill:#f0b35c}.c{fill:#7fd0e0}.d{fill:#a9b0bb}g>text{animation-timing-function:step-end;animation-iteration-count:infinite}@media(prefers-reduced-motion:reduce){text{animation:none!important}.w{opacity:0}}`

/**
 * An SVG that plays what was written to a terminal, at most 40 seconds long: with CSS alone, so that it plays as an image.
 * Without motion it shows the end.
 */
export function renderRecording(pieces: readonly Piece[], command: string): string {
  const end = pieces.at(-1)?.ms ?? 0
  const speed = Math.max(1, end / MOST)
  const shown = linesOf([{ ms: 0, text: `$ ${command}\n` }, ...pieces], BLINK * speed)
  const whole = end / speed + REST
  const at = (ms: number) => `${((ms / speed / whole) * 100).toFixed(2)}%`
  const columns = Math.max(40, ...shown.map(({ text }) => [...withoutColours(text)].length))
  const rows = Math.max(...shown.map(({ row }) => row)) + 1
  const frames = shown.map(({ from, to }, index) => {
    const ends = to === undefined ? '' : `${at(to)}{opacity:0}`
    return from === 0 && to === undefined ? '' : `@keyframes k${index}{0%{opacity:0}${at(from)}{opacity:1}${ends}}`
  })
  const texts = shown.map(
    ({ row, text, to }, index) =>
      `<text${to === undefined ? '' : ' class="w"'} x="${EDGE}" y="${EDGE + 14 + row * HIGH}" xml:space="preserve"${frames[index] ? ` style="animation-name:k${index};animation-duration:${(whole / 1000).toFixed(2)}s"` : ''}>${spansOf(text)}</text>`,
  )
  const [width, height] = [Math.ceil(columns * WIDE + 2 * EDGE), rows * HIGH + 2 * EDGE]
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${written(command)}"><style>${STYLE}${frames.join('')}</style><rect width="100%" height="100%" rx="8" fill="#14161a"/><g>${texts.join('\n')}</g></svg>\n`
}

// Our screen writes whole lines, and one that lives: it erases that one before it writes another.
function linesOf(pieces: readonly Piece[], blink: number): Shown[] {
  const stay: Line[] = []
  const live: Line[] = []
  let current = ''
  for (const { ms, text } of pieces) {
    for (const part of text.replaceAll('\r\x1b[K', '\r').split(/([\r\n])/)) {
      if (part === '\n') stay.push({ from: ms, row: stay.length, text: current })
      current = part === '\n' || part === '\r' ? '' : current + part
    }
    const last = live.at(-1)
    const isNew = last?.row !== stay.length || ms - last.from >= blink
    if (current !== '' && isNew) live.push({ from: ms, row: stay.length, text: current })
  }
  const lives = live.map((line, index) => ({
    ...line,
    to: Math.min(live[index + 1]?.from ?? Infinity, stay[line.row]?.from ?? pieces.at(-1)?.ms ?? 0),
  }))
  return [...stay.filter(({ text }) => text !== ''), ...lives]
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a colour begins with
const PAINTED = /\x1b\[(\d+)m(.*?)\x1b\[0m/g
const withoutColours = (text: string) => text.replaceAll(PAINTED, '$2')
const spansOf = (text: string) =>
  written(text).replaceAll(
    PAINTED,
    (_, code: string, inner: string) => `<tspan class="${COLOURS[code] ?? ''}">${inner}</tspan>`,
  )
const written = (text: string) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`)
