import { CHAPTERS } from '../tour/chapters.ts'
import { EXERCISES } from './exercises.ts'

// Which exercise practises each claim, chapter by chapter, in the order of the claims.
const PRACTISED = [
  ['layers', 'twice'],
  ['box', 'stop', 'fresh', 'twice'],
  ['volume', 'replace', 'sharing'],
  ['anonymous', 'sharing', 'bind', 'borrow'],
  ['network', 'port'],
  ['environment', 'env-file'],
  ['entrypoint', 'signals', 'signals', 'signals'],
  ['cache', 'cache'],
] as const

// What the notes claim beyond the eight chapters: the exercise alone shows it.
const BEYOND = [
  ['Image', 'a tag is one more name of an image, and copies nothing', 'tags'],
  ['Compose', 'the services of one Compose file find each other by name', 'compose'],
  ['Compose', 'down removes containers and networks, and keeps the volumes', 'down'],
  ['Registry', 'the name of an image says which registry it is sent to', 'registry'],
  ['Make as the door', 'make X runs make _X in a container, so that a host needs only Make and Docker', 'make'],
  ['Make as the door', 'a target that fails stops all that depend on it', 'pipeline'],
] as const

const TOUR_TEST = '[tour](../scripts/scenarios/tour.it.test.ts)'
const PRACTICE_TEST = '[practice](../scripts/scenarios/practice.it.test.ts)'

/** The table of docs/seeds.md: each claim with its chapter, its exercise, and the test that holds it. */
export function renderSeeds(): string {
  const told = CHAPTERS.flatMap(({ title, claims }, chapter) =>
    claims.map(({ claim }, n) => {
      const exercise = nameOf(PRACTISED[chapter]?.[n])
      return `| ${claim.en} | ${chapter + 1}: ${title.en} | ${exercise} | ${TOUR_TEST}, ${PRACTICE_TEST} |`
    }),
  )
  const beyond = BEYOND.map(([about, claim, id]) => `| ${claim} | ${about} | ${nameOf(id)} | ${PRACTICE_TEST} |`)
  return `# From the notes to the lesson

This repository began with a beginner's notes on Docker. \`make tour\` tells what they claim in eight chapters, \`make practice\`
lets you do it, and a test holds each claim on a real engine: a test of the tour has the claim as its name, a test of an
exercise has the name of the exercise. A unit test compares this table with the code (scripts/practice/seeds.ts).

| claim | chapter of the tour, or subject | exercise | tests |
|---|---|---|---|
${[...told, ...beyond].join('\n')}
`
}

function nameOf(id: string | undefined): string {
  const found = EXERCISES.find((one) => one.id === id)
  if (!found) throw new Error(`no exercise is called ${id}`)
  return `\`${found.id}\``
}
