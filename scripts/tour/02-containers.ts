import assert from 'node:assert/strict'
import { type Chapter, containerOf, matches, printed } from './chapter.ts'

export const containers: Chapter = {
  title: { en: 'Containers', de: 'Container' },
  claims: [
    {
      claim: {
        en: 'a container adds a writable layer, which holds exactly what it changed',
        de: 'ein Container legt eine beschreibbare Schicht darüber; in ihr steht genau das, was er geändert hat',
      },
      say: {
        en: 'Whatever a container writes goes into a thin layer of its own. docker diff lists it: A is added, C is changed, D is deleted.',
        de: 'Was ein Container schreibt, landet in einer dünnen eigenen Schicht. docker diff zeigt sie: A heißt neu, C geändert, D gelöscht.',
      },
      run: [
        'docker run --detach --name tour-note tour-python sleep infinity',
        "docker exec tour-note sh -c 'echo mine > /note'",
        'docker diff tour-note',
      ],
      holds: ([, , diff]) => printed(diff, 'A /note\n'),
    },
    {
      claim: {
        en: 'stop and start must keep the writable layer',
        de: 'stop und start behalten die beschreibbare Schicht',
      },
      say: {
        en: 'A stopped container is not gone: its processes are. Start it, and its files are where they were.',
        de: 'Ein angehaltener Container ist nicht weg, nur seine Prozesse sind es. Starte ihn, und seine Dateien sind noch da.',
      },
      run: [
        'docker stop -t 0 tour-note',
        "docker inspect --format '{{.State.Status}}' tour-note",
        'docker start tour-note',
        'docker exec tour-note cat /note',
      ],
      holds: ([, status, , note]) => {
        printed(status, 'exited\n')
        printed(note, 'mine\n')
      },
    },
    {
      claim: { en: 'remove must lose the writable layer', de: 'rm verliert die beschreibbare Schicht' },
      say: {
        en: 'Remove it, and its layer goes with it. The next container may have the same name; it is another one.',
        de: 'Entfernst du ihn, geht seine Schicht mit. Der nächste Container darf gleich heißen, er ist ein anderer.',
      },
      run: [
        'docker rm --force tour-note',
        'docker run --detach --name tour-note tour-python sleep infinity',
        'docker exec tour-note cat /note',
      ],
      holds: ([, , note]) => matches(note, /No such file/),
    },
    {
      claim: {
        en: 'running an image twice must make two containers',
        de: 'zweimal dasselbe Image ergibt zwei Container',
      },
      say: {
        en: 'docker run always makes a new container. Both share the layers of the image; neither sees what the other one writes.',
        de: 'docker run macht immer einen neuen Container. Beide teilen sich die Schichten des Images; keiner sieht, was der andere schreibt.',
      },
      run: [
        'docker run --detach --name tour-one tour-python sleep infinity',
        'docker run --detach --name tour-two tour-python sleep infinity',
        "docker exec tour-one sh -c 'echo mine > /note'",
        'docker exec tour-two ls /note',
      ],
      holds: async ([, , , note], look) => {
        const [one, two] = [await containerOf(look, 'tour-one'), await containerOf(look, 'tour-two')]
        assert.notEqual(one.id, two.id)
        assert.equal(one.image, two.image)
        matches(note, /No such file/)
      },
    },
  ],
}
