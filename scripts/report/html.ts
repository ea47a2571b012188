/** Text that may stand in a page as it is. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}
type Value = string | number | Html | readonly Html[]

/** A piece of a page; all values but pieces are written out, so that none can become markup. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.map((part, index) => `${part}${index < values.length ? written(values[index] ?? '') : ''}`).join(''))

const written = (value: Value): string => {
  if (value instanceof Html) return value.text
  if (typeof value === 'string' || typeof value === 'number')
    return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
  return value.map(({ text }) => text).join('')
}
