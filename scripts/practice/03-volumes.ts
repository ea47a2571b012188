import { hasVolume } from './conditions.ts'
import { gone, holdsFile, isFrom, mounts, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const RUN = 'docker run --detach --name'
const SHOP = `printf 'FROM practice-python\\nENV VERSION=%s\\nCMD ["sh", "-c", "echo started by $VERSION >> /data/lines; exec sleep infinity"]\\n'`

/** Data that outlive containers, and that several containers share. */
export const volumes: readonly Exercise[] = [
  {
    id: 'volume',
    chapter: 3,
    title: { en: 'Data that stay', de: 'Daten, die bleiben' },
    task: {
      en: 'Start practice-writer from practice-python (command: sleep infinity) with the volume practice-data at /data. Write the word kept into /data/line there, and remove the container. Then start practice-reader in the same way: it must see the word.',
      de: 'Starte practice-writer aus practice-python (Kommando: sleep infinity) mit dem Volume practice-data bei /data. Schreib dort das Wort kept in /data/line und entferne den Container. Starte dann ebenso practice-reader: Er soll das Wort sehen.',
    },
    predict: {
      en: 'Where is the word while there is no container at all?',
      de: 'Wo ist das Wort, während es gar keinen Container gibt?',
    },
    hints: [
      {
        en: 'docker run has an option -v: NAME:PATH. Where there is no volume of that name, it makes one.',
        de: 'docker run hat eine Option -v: NAME:PFAD. Gibt es kein Volume dieses Namens, macht sie eines.',
      },
      {
        en: 'Four commands: run the writer with -v practice-data:/data, exec to write, rm --force, and run the reader with the same -v.',
        de: 'Vier Kommandos: run für den Schreiber mit -v practice-data:/data, exec zum Schreiben, rm --force und run für den Leser mit demselben -v.',
      },
    ],
    solution: `${RUN} practice-writer -v practice-data:/data practice-python sleep infinity
docker exec practice-writer sh -c 'echo kept > /data/line'
docker rm --force practice-writer
${RUN} practice-reader -v practice-data:/data practice-python sleep infinity`,
    conditions: () => [
      hasVolume('practice-data'),
      gone('practice-writer'),
      runs('practice-reader'),
      mounts('practice-reader', '/data', 'practice-data'),
      holdsFile('practice-reader', '/data/line', 'kept'),
    ],
    learned: {
      en: 'In the volume, which is a thing of its own (docker volume ls). `make restore` brings the data of a snapshot back by putting them into a new volume.',
      de: 'Im Volume, das ein Ding für sich ist (docker volume ls). `make restore` holt die Daten einer Sicherung zurück, indem es sie in ein neues Volume legt.',
    },
    target: 'restore',
  },
  {
    id: 'replace',
    chapter: 3,
    title: { en: 'A new version, the same data', de: 'Neue Version, dieselben Daten' },
    task: {
      en: 'The container practice-shop runs version 1.1 (image practice-shop:1.1) with the volume practice-shop-data at /data. Replace it with version 1.2 (image practice-shop:1.2), and keep its data.',
      de: 'Der Container practice-shop läuft in Version 1.1 (Image practice-shop:1.1) mit dem Volume practice-shop-data bei /data. Ersetze ihn durch Version 1.2 (Image practice-shop:1.2) und behalte seine Daten.',
    },
    predict: {
      en: 'Each version appends a line to /data/lines when it starts. What will the file say?',
      de: 'Jede Version hängt beim Start eine Zeile an /data/lines an. Was wird in der Datei stehen?',
    },
    hints: [
      {
        en: 'A container cannot change its image. Remove it; its volume stays.',
        de: 'Ein Container kann sein Image nicht wechseln. Entferne ihn; sein Volume bleibt.',
      },
      {
        en: 'docker rm --force, then docker run with the same name, the same -v, and the new image; it needs no command.',
        de: 'docker rm --force, dann docker run mit demselben Namen, demselben -v und dem neuen Image; es braucht kein Kommando.',
      },
    ],
    solution: `docker rm --force practice-shop
${RUN} practice-shop -v practice-shop-data:/data practice-shop:1.2`,
    setup: `${SHOP} 1.1 | docker build --quiet --tag practice-shop:1.1 -
${SHOP} 1.2 | docker build --quiet --tag practice-shop:1.2 -
docker volume create practice-shop-data
${RUN} practice-shop -v practice-shop-data:/data practice-shop:1.1`,
    conditions: () => [
      runs('practice-shop'),
      isFrom('practice-shop', 'practice-shop:1.2'),
      mounts('practice-shop', '/data', 'practice-shop-data'),
      holdsFile('practice-shop', '/data/lines', 'started by 1.1\nstarted by 1.2'),
    ],
    learned: {
      en: 'A line of each: 1.2 reads what 1.1 wrote. `make deploy` does the same without dropping a request, and takes a snapshot first.',
      de: 'Von jeder eine Zeile: 1.2 liest, was 1.1 schrieb. `make deploy` macht dasselbe, ohne eine Anfrage zu verlieren, und sichert vorher die Daten.',
    },
    target: 'deploy',
  },
  {
    id: 'sharing',
    chapter: 3,
    title: { en: 'Two who share', de: 'Zwei, die teilen' },
    task: {
      en: 'Start practice-left and practice-right from practice-python (sleep infinity), both with the volume practice-shared at /data. Let each append a line to the same file /data/lines: the left one the word left, the right one the word right.',
      de: 'Starte practice-left und practice-right aus practice-python (sleep infinity), beide mit dem Volume practice-shared bei /data. Lass jeden eine Zeile an dieselbe Datei /data/lines anhängen: den linken das Wort left, den rechten das Wort right.',
    },
    predict: {
      en: 'What would be in the file if the second one wrote with > instead of >>?',
      de: 'Was stünde in der Datei, wenn der zweite mit > statt >> schriebe?',
    },
    hints: [
      {
        en: 'The same -v twice: a volume may have many users.',
        de: 'Zweimal dasselbe -v: Ein Volume darf viele Nutzer haben.',
      },
      {
        en: "docker exec practice-left sh -c 'echo left >> /data/lines', and the same for the right one.",
        de: "docker exec practice-left sh -c 'echo left >> /data/lines', und ebenso für den rechten.",
      },
    ],
    solution: `${RUN} practice-left -v practice-shared:/data practice-python sleep infinity
${RUN} practice-right -v practice-shared:/data practice-python sleep infinity
docker exec practice-left sh -c 'echo left >> /data/lines'
docker exec practice-right sh -c 'echo right >> /data/lines'`,
    conditions: () => [
      runs('practice-left'),
      runs('practice-right'),
      mounts('practice-left', '/data', 'practice-shared'),
      mounts('practice-right', '/data', 'practice-shared'),
      holdsFile('practice-left', '/data/lines', 'right'),
      holdsFile('practice-right', '/data/lines', 'left'),
    ],
    learned: {
      en: 'Only right: > empties the file first, and appending loses no line. `make backup` reads the volume beside the application that goes on writing.',
      de: 'Nur right: > leert die Datei zuerst, Anhängen verliert keine Zeile. `make backup` liest das Volume neben der Anwendung, die weiter schreibt.',
    },
    target: 'backup',
  },
]
