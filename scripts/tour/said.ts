/** A text of the lesson, in each of its languages. */
export type Said = { readonly en: string; readonly de: string }
export type Language = keyof Said

/** The language of a list such as `de_DE.UTF-8` or `de:en`, as LANGUAGE and LANG have it: German, or else English. */
export const languageOf = (wanted: string | undefined): Language => (/^de(?![a-z])/i.test(wanted ?? '') ? 'de' : 'en')
