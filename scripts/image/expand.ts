/** Fills in the variables of a word of a Dockerfile; one without a value stays as it is. */
export const expand = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (all, braced = '', other: string | undefined, bare = '') =>
    String(values[braced || bare] ?? other ?? all),
  )
