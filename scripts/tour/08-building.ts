import assert from 'node:assert/strict'
import { type Chapter, layersOf } from './chapter.ts'

// Each RUN leaves something that a second run would not leave: an equal layer was therefore reused.
const DOCKERFILE = `FROM tour-python
RUN cat /proc/sys/kernel/random/uuid > /before
COPY requirements.txt /
RUN cat /proc/sys/kernel/random/uuid > /after
`
const INSTRUCTIONS = DOCKERFILE.trim().split('\n').slice(1)
const build = (tag: string, option = '') =>
  `docker build ${option}--progress plain --tag tour-built:${tag} . 2>&1 | grep -E '^#[0-9]+ (CACHED|DONE|\\[[0-9]+/)'`

export const building: Chapter = {
  title: { en: 'Building and the cache', de: 'Bauen und der Cache' },
  claims: [
    {
      claim: {
        en: 'a second build must reuse every layer',
        de: 'ein zweiter Bau verwendet jede Schicht wieder',
      },
      say: {
        en: 'Each RUN here writes a random number, so a line that really ran would leave another layer. Build twice and look for CACHED.',
        de: 'Jedes RUN schreibt hier eine Zufallszahl: Eine Zeile, die wirklich lief, hinterließe eine andere Schicht. Baue zweimal und suche CACHED.',
      },
      files: { Dockerfile: DOCKERFILE },
      run: ['date +%s.%N > requirements.txt', build('1', '--no-cache '), build('2')],
      holds: async ([, , log = ''], look) => {
        assert.deepEqual(await layersOf(look, 'tour-built:2'), await layersOf(look, 'tour-built:1'))
        assert.deepEqual(cachedOf(log), INSTRUCTIONS)
      },
    },
    {
      claim: {
        en: 'a changed requirements file must rebuild only what follows',
        de: 'eine geänderte requirements-Datei baut nur neu, was auf sie folgt',
      },
      say: {
        en: 'Change the file that COPY takes. What stands above COPY comes from the cache; COPY and all below it are built anew.',
        de: 'Ändere die Datei, die COPY nimmt. Was über COPY steht, kommt aus dem Cache; COPY und alles darunter wird neu gebaut.',
      },
      run: ['date +%s.%N > requirements.txt', build('3')],
      holds: async ([, log = ''], look) => {
        const [before, after] = [await layersOf(look, 'tour-built:2'), await layersOf(look, 'tour-built:3')]
        const base = await layersOf(look, 'tour-python')
        const reused = after.map((layer, n) => layer === before[n])
        assert.deepEqual(reused, [...base.map(() => true), true, false, false])
        assert.deepEqual(cachedOf(log), INSTRUCTIONS.slice(0, 1))
      },
    },
  ],
}

// Progress names a step ("#5 [2/4] COPY …") and says on a line of its own that the cache had it ("#5 CACHED"). FROM is
// never asked for: it builds no layer, and is called CACHED only where BuildKit has used that base image before.
const cachedOf = (log: string): readonly string[] =>
  INSTRUCTIONS.filter((instruction) =>
    log.split('\n').some((line) => {
      const [, step, named] = /^#(\d+) \[\d+\/\d+\] (.+)$/.exec(line) ?? []
      return named === instruction && new RegExp(`^#${step} CACHED$`, 'm').test(log)
    }),
  )
