import { changed } from './conditions.ts'
import { holdsFile, isFrom, isNew, isStill, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const idOf = (name: string) => `docker inspect --format '{{.Id}}' ${name}`
const start = (name: string) => `docker run --detach --name ${name} practice-python sleep infinity`

/** The writable layer of a container, and how it ends. */
export const containers: readonly Exercise[] = [
  {
    id: 'box',
    chapter: 2,
    title: { en: 'The writable layer', de: 'Die beschreibbare Schicht' },
    task: {
      en: 'The container practice-box runs. Write a word into a new file /note inside of it.',
      de: 'Der Container practice-box läuft. Schreib in ihm ein Wort in eine neue Datei /note.',
    },
    predict: {
      en: 'What will docker diff practice-box print then? And does its image know of /note?',
      de: 'Was gibt docker diff practice-box danach aus? Und weiß sein Image von /note?',
    },
    hints: [
      {
        en: 'docker exec runs a command inside of a container that runs already.',
        de: 'docker exec führt ein Kommando in einem Container aus, der schon läuft.',
      },
      {
        en: 'The sign > belongs to a shell, and it has to be the shell inside: docker exec NAME sh -c "COMMAND".',
        de: 'Das Zeichen > gehört zu einer Shell, und zwar der drinnen: docker exec NAME sh -c "KOMMANDO".',
      },
    ],
    solution: `docker exec practice-box sh -c 'echo mine > /note'`,
    setup: start('practice-box'),
    conditions: () => [runs('practice-box'), changed('practice-box', 'A /note')],
    learned: {
      en: 'A /note, and nothing else: that file is in the layer of this container, and the image does not have it. `make shell` opens a shell in a container in the same way.',
      de: 'A /note und sonst nichts: Die Datei liegt in der Schicht dieses Containers, das Image hat sie nicht. `make shell` öffnet auf dieselbe Weise eine Shell in einem Container.',
    },
    target: 'shell',
  },
  {
    id: 'stop',
    chapter: 2,
    title: { en: 'Stopped is not gone', de: 'Angehalten ist nicht weg' },
    task: {
      en: 'The container practice-sleeper has a file /note, and has been stopped. Bring it back with its file.',
      de: 'Der Container practice-sleeper hat eine Datei /note und wurde angehalten. Hol ihn mit seiner Datei zurück.',
    },
    predict: {
      en: 'Does docker ps show it now? Does docker ps --all?',
      de: 'Zeigt docker ps ihn jetzt? Und docker ps --all?',
    },
    hints: [
      {
        en: 'docker run would make a new container. This one exists.',
        de: 'docker run würde einen neuen Container machen. Diesen gibt es schon.',
      },
      { en: 'The opposite of docker stop is docker start.', de: 'Das Gegenteil von docker stop ist docker start.' },
    ],
    solution: 'docker start practice-sleeper',
    setup: `{ ${start('practice-sleeper')}
docker exec practice-sleeper sh -c 'echo mine > /note'
docker stop -t 0 practice-sleeper; } > /dev/null
${idOf('practice-sleeper')}`,
    conditions: (made) => [
      runs('practice-sleeper'),
      isStill('practice-sleeper', made),
      holdsFile('practice-sleeper', '/note', 'mine'),
    ],
    learned: {
      en: 'Only --all shows a stopped container; its layer waits in it. Where two versions may not write at once, `make deploy` stops the old container, and starts it again if the new one fails.',
      de: 'Nur --all zeigt einen angehaltenen Container; seine Schicht wartet in ihm. Wo zwei Versionen nicht gleichzeitig schreiben dürfen, hält `make deploy` den alten Container an und startet ihn wieder, wenn der neue scheitert.',
    },
    target: 'deploy',
  },
  {
    id: 'fresh',
    chapter: 2,
    title: { en: 'A fresh container', de: 'Ein frischer Container' },
    task: {
      en: 'Somebody has written into practice-messy. Put a new container in its place, with the same name, image (practice-python) and command (sleep infinity).',
      de: 'Jemand hat in practice-messy geschrieben. Setz an seine Stelle einen neuen Container mit gleichem Namen, Image (practice-python) und Kommando (sleep infinity).',
    },
    predict: {
      en: 'Is docker restart practice-messy enough?',
      de: 'Genügt docker restart practice-messy?',
    },
    hints: [
      {
        en: 'Two containers cannot have one name at the same time: the old one has to go first.',
        de: 'Zwei Container können nicht gleichzeitig denselben Namen haben: Der alte muss erst weg.',
      },
      {
        en: 'docker rm --force stops and removes. docker run --detach --name NAME IMAGE COMMAND starts anew.',
        de: 'docker rm --force hält an und entfernt. docker run --detach --name NAME IMAGE KOMMANDO startet neu.',
      },
    ],
    solution: `docker rm --force practice-messy
${start('practice-messy')}`,
    setup: `{ ${start('practice-messy')}
docker exec practice-messy sh -c 'echo mess > /note'; } > /dev/null
${idOf('practice-messy')}`,
    conditions: (made) => [
      runs('practice-messy'),
      isNew('practice-messy', made),
      isFrom('practice-messy', 'practice-python'),
      changed('practice-messy'),
    ],
    learned: {
      en: 'No: a restart keeps the layer. A new container begins with the image alone, and so `make deploy` replaces containers and never mends them.',
      de: 'Nein: Ein Neustart behält die Schicht. Ein neuer Container beginnt nur mit dem Image; darum ersetzt `make deploy` Container und flickt sie nie.',
    },
    target: 'deploy',
  },
  {
    id: 'twice',
    chapter: 2,
    title: { en: 'Two of one kind', de: 'Zwei von einer Art' },
    task: {
      en: 'Start two containers from practice-python, practice-one and practice-two, both with sleep infinity. Then write a file /note in practice-one only.',
      de: 'Starte aus practice-python zwei Container, practice-one und practice-two, beide mit sleep infinity. Schreib dann eine Datei /note, aber nur in practice-one.',
    },
    predict: {
      en: 'Will practice-two see /note? Does the image take its room twice?',
      de: 'Sieht practice-two /note? Braucht das Image zweimal Platz?',
    },
    hints: [
      {
        en: 'docker run, twice; --detach gives your shell back.',
        de: 'docker run, zweimal; --detach gibt dir deine Shell zurück.',
      },
      {
        en: 'docker run --detach --name NAME IMAGE COMMAND, then docker exec as in the exercise box.',
        de: 'docker run --detach --name NAME IMAGE KOMMANDO, dann docker exec wie in der Übung box.',
      },
    ],
    solution: `${start('practice-one')}
${start('practice-two')}
docker exec practice-one sh -c 'echo mine > /note'`,
    conditions: () => [
      runs('practice-one'),
      runs('practice-two'),
      isFrom('practice-one', 'practice-python'),
      isFrom('practice-two', 'practice-python'),
      changed('practice-one', 'A /note'),
      holdsFile('practice-two', '/note', undefined),
    ],
    learned: {
      en: 'Neither: they share the layers of the image and have a thin one each. That is why `make deploy` can run REPLICAS=3 of one image.',
      de: 'Weder noch: Sie teilen sich die Schichten des Images und haben je eine dünne eigene. Darum kann `make deploy` ein Image mit REPLICAS=3 dreimal laufen lassen.',
    },
    target: 'deploy',
  },
]
