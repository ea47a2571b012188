/** How the names of a lesson stand on the engine. A test has others than a person, and runs beside other tests. */
export type Names = {
  readonly toEngine: (text: string) => string
  readonly toLesson: (text: string) => string
}

/** Puts one text in the place of another, such as the prefix of a test's names for the lesson's own. */
export function renamed(pairs: Readonly<Record<string, string>>): Names {
  const all = Object.entries(pairs)
  return {
    toEngine: (text) => all.reduce((so, [lesson, engine]) => so.replaceAll(lesson, engine), text),
    toLesson: (text) => all.reduce((so, [lesson, engine]) => so.replaceAll(engine, lesson), text),
  }
}
