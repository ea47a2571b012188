// The variables of a Compose file, as Compose itself reads them.

/** Whether a text has a variable that Compose fills in. */
export const hasVariables = (text: string): boolean => /\$\{?\w/.test(text.replaceAll('$$', ''))

/** A value with its variables filled in, as Compose does it. */
export const fillIn = (value: unknown, variables: Readonly<Record<string, string>>): unknown =>
  mapTexts(value, (text) =>
    text.replace(
      /\$\$|\$\{(\w+)(?::?([-?+])([^}]*))?\}|\$(\w+)/g,
      (all, braced: string = '', sign: string = '', other: string = '', bare: string = '') => {
        const name = braced || bare
        const given = variables[name]
        if (name === '') return all
        if (given === undefined) return sign === '-' ? other : ''
        // A line of .env may be quoted, and Compose writes a literal $ as $$.
        return sign === '+' ? other : given.replace(/^(['"])(.*)\1$/s, '$2').replaceAll('$', () => '$$')
      },
    ),
  )

/** Replaces each text in a value of a document, however deep. */
export const mapTexts = (value: unknown, replace: (text: string) => string): unknown =>
  JSON.parse(JSON.stringify(value), (_, one) => (typeof one === 'string' ? replace(one) : one))
