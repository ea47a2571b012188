// The variables of a Compose file, as Compose itself reads them.

/** Whether a text has a variable that Compose fills in. */
export const hasVariables = (text: string): boolean => /\$\{?\w/.test(text.replaceAll('$$', ''))

// What stands after the sign of a variable; it may have variables itself.
const OTHER = String.raw`(?:\$\{(?:\$\{[^}]*\}|(?!\$\{)[^}])*\}|(?!\$\{)[^}])*`
const VARIABLE = new RegExp(String.raw`\$\$|\$\{(\w+)(?:(:?)([-?+])(${OTHER}))?\}|\$(\w+)`, 'g')

/** A value with its variables filled in, as Compose does it. */
export const fillIn = (value: unknown, variables: Readonly<Record<string, string>>): unknown =>
  mapTexts(value, (text) =>
    text.replace(
      VARIABLE,
      (all, braced: string = '', colon: string = '', sign: string = '', other: string = '', bare: string = '') => {
        const name = braced || bare
        if (name === '') return all
        // A line of .env may be quoted, and in double quotes have several lines; and Compose writes a literal $ as $$.
        const given = variables[name]
          ?.replace(/^(['"])(.*)\1$/s, (_, quote, text: string) =>
            quote === '"' ? text.replaceAll('\\n', '\n') : text,
          )
          .replaceAll('$', () => '$$')
        const isGiven = given !== undefined && !(colon && given === '')
        if (sign === (isGiven ? '+' : '-')) return String(fillIn(other, variables))
        return isGiven && sign !== '+' ? given : ''
      },
    ),
  )

/** Whether a text takes a variable only where that has a value: it need have none. */
export function isOptional(text: string, name: string): boolean {
  const rest = text.replaceAll(new RegExp(String.raw`\$\{${name}:?\+${OTHER}\}`, 'g'), '')
  return rest !== text && !new RegExp(String.raw`\$\{?${name}\b`).test(rest)
}

/** Replaces each text in a value of a document, however deep. */
export const mapTexts = (value: unknown, replace: (text: string) => string): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? replace(one) : one))
