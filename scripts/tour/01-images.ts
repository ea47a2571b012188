import assert from 'node:assert/strict'
import { type Chapter, containerOf, layersOf, matches, printed } from './chapter.ts'

const files = {
  Dockerfile: `FROM tour-python
COPY greeting /
RUN echo world >> /greeting
CMD ["cat", "/greeting"]
`,
  greeting: 'hello\n',
}

export const images: Chapter = {
  title: { en: 'Images', de: 'Images' },
  claims: [
    {
      claim: {
        en: 'an image is layers on top of those of its base, and history shows them',
        de: 'ein Image besteht aus Schichten über denen seiner Basis, und history zeigt sie',
      },
      say: {
        en: 'A Dockerfile is a recipe. Each line that changes files adds a layer to the image in FROM: here COPY adds one, and RUN another.',
        de: 'Ein Dockerfile ist ein Rezept. Jede Zeile, die Dateien ändert, legt eine Schicht auf das Image hinter FROM: hier COPY eine und RUN noch eine.',
      },
      files,
      run: [
        'docker build --quiet --tag tour-greeting .',
        "docker image inspect --format '{{len .RootFS.Layers}} layers' tour-python tour-greeting",
        "docker history --format '{{.Size}}  {{.CreatedBy}}' tour-greeting | head -4",
      ],
      holds: async ([, , history], look) => {
        const [base, layers] = [await layersOf(look, 'tour-python'), await layersOf(look, 'tour-greeting')]
        assert.deepEqual(layers.slice(0, base.length), base)
        assert.equal(layers.length, base.length + 2)
        const filled = (history ?? '').split('\n').filter((line) => line && !line.startsWith('0B'))
        matches(filled[0], /RUN \/bin\/sh -c echo world >> \/greeting/)
        matches(filled[1], /COPY greeting \//)
      },
    },
    {
      claim: {
        en: 'an image is read-only: what a container changes must not reach it',
        de: 'ein Image ist unveränderlich: was ein Container ändert, erreicht es nicht',
      },
      say: {
        en: 'A container is a running copy of an image. Change a file in one, then start another from the same image: it knows nothing of the change.',
        de: 'Ein Container ist ein laufender Abzug eines Images. Ändere in einem eine Datei und starte einen zweiten aus demselben Image: Er weiß nichts davon.',
      },
      run: [
        'docker run --detach --name tour-changed tour-greeting sleep infinity',
        "docker exec tour-changed sh -c 'echo again >> /greeting; cat /greeting'",
        'docker run --rm tour-greeting',
      ],
      holds: async ([, changed, fresh], look) => {
        printed(changed, 'hello\nworld\nagain\n')
        printed(fresh, 'hello\nworld\n')
        // An image's id is a digest of its content.
        assert.equal((await containerOf(look, 'tour-changed')).image, (await look.image('tour-greeting'))?.id)
      },
    },
  ],
}
