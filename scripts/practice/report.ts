import { wrap } from '../tour/report.ts'
import type { Language, Said } from '../tour/said.ts'
import type { Exercise, Finding } from './exercise.ts'

/** The lines that the exercises share. */
export const WORDS = {
  intro: {
    en: 'Open a second terminal in this folder and type your commands there. The lesson looks at the engine, never at what you type. All names begin with practice-.',
    de: 'Öffne ein zweites Terminal in diesem Ordner und tippe deine Kommandos dort. Die Lektion sieht auf die Engine, nie auf das, was du tippst. Alle Namen beginnen mit practice-.',
  },
  keys: {
    en: 'Enter checks · h hint · s skip · l list · q quit, or a name: ',
    de: 'Enter prüft · h Hinweis · s weiter · l Liste · q Ende, oder ein Name: ',
  },
  unknown: {
    en: 'No exercise and no key is called that; l lists the exercises.',
    de: 'So heißt keine Übung und keine Taste; l zeigt die Übungen.',
  },
  preparing: { en: 'The exercise is being prepared …', de: 'Die Übung wird vorbereitet …' },
  all: {
    en: 'All exercises are done. make ship does all of this for an application of yours.',
    de: 'Alle Übungen sind gelöst. make ship macht all das für deine Anwendung.',
  },
  cleaned: {
    en: 'Everything that practice has made is removed; your progress is kept.',
    de: 'Alles, was die Übungen gemacht haben, ist entfernt; dein Fortschritt bleibt.',
  },
} as const satisfies Readonly<Record<string, Said>>

/** The list of the exercises: which are done, and which one is next. */
export function renderList(
  exercises: readonly Exercise[],
  done: readonly string[],
  next: string | undefined,
  language: Language,
): string {
  const lines = exercises.map(({ id, chapter, title }) => {
    const mark = done.includes(id) ? '✓' : id === next ? '→' : ' '
    const told = chapter === undefined ? '' : `make tour CHAPTER=${chapter}`
    return `${mark} ${id.padEnd(12)} ${title[language].padEnd(36)} ${told}`.trimEnd()
  })
  const count = done.filter((id) => exercises.some((one) => one.id === id)).length
  const of = { en: `${count} of ${exercises.length} done`, de: `${count} von ${exercises.length} gelöst` }
  return [...lines, '', of[language]].join('\n')
}

/** What a person is asked to do. `folder` is where an exercise with files is done. */
export function renderTask({ id, title, task, predict, files }: Exercise, folder: string, language: Language): string {
  const think = { en: 'Predict first:', de: 'Überlege zuerst:' }[language]
  return [
    `${id}: ${title[language]}`,
    '',
    ...(files ? [`  cd ${folder}`, ''] : []),
    wrap(task[language]),
    '',
    wrap(`${think} ${predict[language]}`),
  ].join('\n')
}

/** The first, second or third hint; the third is the solution. */
export function renderHint({ hints, solution }: Exercise, number: number, language: Language): string {
  const hint = hints[number - 1]
  const types = { en: 'This solves it:', de: 'So geht es:' }[language]
  const text = hint ? hint[language] : `${types}\n\n${solution.replace(/^/gm, '  ')}`
  return wrap(`${{ en: 'Hint', de: 'Hinweis' }[language]} ${number}/3. ${text}`)
}

/** What the engine looks like, condition by condition, up to the first that does not hold. */
export function renderFindings(findings: readonly Finding[], language: Language): string {
  const first = findings.findIndex(({ holds }) => !holds)
  const shown = first < 0 ? findings : findings.slice(0, first + 1)
  return shown.map(({ holds, said }) => wrap(`${holds ? '✓' : '…'} ${said[language]}`)).join('\n')
}

/** Whether all conditions hold. */
export const isSolved = (findings: readonly Finding[]): boolean => findings.every(({ holds }) => holds)

/** What an exercise has shown, and the target that uses it. */
export const renderLearned = ({ learned }: Exercise, language: Language): string =>
  `\n${wrap(learned[language].replaceAll('`', ''))}`
