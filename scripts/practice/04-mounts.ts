import { noVolume } from './conditions.ts'
import { gone, holdsFile, mounts, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const RUN = 'docker run --detach --name'

/** What else can be mounted: nameless volumes, folders of the host, and what another container has. */
export const mountings: readonly Exercise[] = [
  {
    id: 'anonymous',
    chapter: 4,
    title: { en: 'A volume without a name', de: 'Ein Volume ohne Namen' },
    task: {
      en: 'The container practice-scratch has a volume without a name of its own. Remove the container together with that volume.',
      de: 'Der Container practice-scratch hat ein Volume ohne eigenen Namen. Entferne den Container zusammen mit diesem Volume.',
    },
    predict: {
      en: 'Does docker rm --force alone remove the volume?',
      de: 'Entfernt docker rm --force allein auch das Volume?',
    },
    hints: [
      {
        en: 'docker inspect practice-scratch shows the volume below Mounts: its name is a long number.',
        de: 'docker inspect practice-scratch zeigt das Volume unter Mounts: Sein Name ist eine lange Zahl.',
      },
      {
        en: 'docker rm has an option --volumes. If the container is gone already: docker volume rm and that number.',
        de: 'docker rm hat eine Option --volumes. Ist der Container schon weg: docker volume rm und diese Zahl.',
      },
    ],
    solution: 'docker rm --force --volumes practice-scratch',
    setup: `${RUN} practice-scratch -v /data practice-python sleep infinity > /dev/null
docker inspect --format '{{(index .Mounts 0).Name}}' practice-scratch`,
    conditions: (made) => [gone('practice-scratch'), noVolume(made)],
    learned: {
      en: 'No, it stays behind, and nobody knows what it was for. `make prune` therefore removes only volumes whose data a verified snapshot holds.',
      de: 'Nein, es bleibt zurück, und niemand weiß mehr, wozu. `make prune` entfernt darum nur Volumes, deren Daten eine geprüfte Sicherung hat.',
    },
    target: 'prune',
  },
  {
    id: 'bind',
    chapter: 4,
    title: { en: 'A folder of this host', de: 'Ein Ordner dieses Rechners' },
    task: {
      en: 'Start practice-guard from practice-python (sleep infinity) with this folder at /data. Read /data/question inside of it, and let it write the word friend into /data/answer.',
      de: 'Starte practice-guard aus practice-python (sleep infinity) mit diesem Ordner bei /data. Lies darin /data/question und lass den Container das Wort friend in /data/answer schreiben.',
    },
    predict: {
      en: 'Will there be a file answer in your folder, outside of the container?',
      de: 'Wird es in deinem Ordner, außerhalb des Containers, eine Datei answer geben?',
    },
    hints: [
      {
        en: '-v takes a whole path instead of a name, one that begins with /. $PWD is the folder you are in.',
        de: '-v nimmt statt eines Namens einen ganzen Pfad, der mit / beginnt. $PWD ist der Ordner, in dem du bist.',
      },
      {
        en: '-v "$PWD:/data", then docker exec practice-guard sh -c "…" as before.',
        de: '-v "$PWD:/data", dann docker exec practice-guard sh -c "…" wie zuvor.',
      },
    ],
    solution: `${RUN} practice-guard -v "$PWD:/data" practice-python sleep infinity
docker exec practice-guard sh -c 'cat /data/question; echo friend > /data/answer'`,
    files: { question: 'who goes there?\n' },
    conditions: () => [
      runs('practice-guard'),
      mounts('practice-guard', '/data', '/bind'),
      holdsFile('practice-guard', '/data/answer', 'friend'),
    ],
    learned: {
      en: 'Yes: both sides see one folder, at once. That is how `make dev` shows each save of your source in the running application.',
      de: 'Ja: Beide Seiten sehen denselben Ordner, sofort. So zeigt `make dev` jedes Speichern deines Quelltexts in der laufenden Anwendung.',
    },
    target: 'dev',
  },
  {
    id: 'borrow',
    chapter: 4,
    title: { en: 'What another one has', de: 'Was ein anderer hat' },
    task: {
      en: 'The container practice-owner has a volume, and you need not know which. Start practice-guest from practice-python (sleep infinity) with all volumes of practice-owner, at the same paths.',
      de: 'Der Container practice-owner hat ein Volume, und du musst nicht wissen, welches. Starte practice-guest aus practice-python (sleep infinity) mit allen Volumes von practice-owner, an denselben Pfaden.',
    },
    predict: {
      en: 'If the guest changes a file there, does the owner see it?',
      de: 'Wenn der Gast dort eine Datei ändert, sieht es der Besitzer?',
    },
    hints: [
      {
        en: 'docker run --help lists an option that takes the name of a container.',
        de: 'docker run --help nennt eine Option, die den Namen eines Containers nimmt.',
      },
      { en: 'The option is called --volumes-from.', de: 'Die Option heißt --volumes-from.' },
    ],
    solution: `${RUN} practice-guest --volumes-from practice-owner practice-python sleep infinity`,
    setup: `docker volume create practice-owned
${RUN} practice-owner -v practice-owned:/data practice-python sleep infinity
docker exec practice-owner sh -c 'echo of the owner > /data/lines'`,
    conditions: () => [
      runs('practice-owner'),
      runs('practice-guest'),
      mounts('practice-guest', '/data', 'practice-owned'),
      holdsFile('practice-guest', '/data/lines', 'of the owner'),
    ],
    learned: {
      en: 'Yes, it is one volume. `make deploy` starts its guard with --volumes-from: the guard finds the ledger and the checkout where they are.',
      de: 'Ja, es ist ein Volume. `make deploy` startet seinen Wächter mit --volumes-from: So findet er sein Logbuch und den Checkout dort, wo sie sind.',
    },
    target: 'deploy',
  },
]
