import assert from 'node:assert/strict'
import { type Chapter, containerOf, matches, printed } from './chapter.ts'

export const mounts: Chapter = {
  title: { en: 'Mounts', de: 'Mounts' },
  claims: [
    {
      claim: {
        en: 'a volume declared in the Dockerfile must be new with each container, filled from the image, and gone after rm -v',
        de: 'ein im Dockerfile erklärtes Volume ist für jeden Container neu, wird aus dem Image gefüllt und verschwindet mit rm -v',
      },
      say: {
        en: 'With VOLUME, a container that names no volume gets one without a name. It starts with the files of the image, and only rm -v removes it.',
        de: 'Mit VOLUME bekommt ein Container, der kein Volume nennt, eines ohne Namen. Es beginnt mit den Dateien des Images, und nur rm -v entfernt es.',
      },
      files: { Dockerfile: 'FROM tour-python\nRUN mkdir /data && echo first > /data/lines\nVOLUME /data\n' },
      run: [
        'docker build --quiet --tag tour-declared .',
        'docker run --detach --name tour-first tour-declared sleep infinity',
        'docker run --detach --name tour-second tour-declared sleep infinity',
        "docker exec tour-first sh -c 'echo second >> /data/lines; cat /data/lines'",
        'docker exec tour-second cat /data/lines',
        'docker diff tour-first',
        "docker inspect --format '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}}{{end}}' tour-first",
        'docker rm --force --volumes tour-first',
      ],
      holds: async ([, , , first, second, diff, mount = ''], look) => {
        printed(first, 'first\nsecond\n')
        printed(second, 'first\n')
        // In the volume, hence not in the container's own layer.
        printed(diff, '')
        matches(mount, /^volume [0-9a-f]{64} \/data\n$/)
        assert.equal(await look.has('volume', mount.split(' ')[1] ?? ''), false)
      },
    },
    {
      claim: {
        en: 'a named volume must be shared by the containers that name it, and only by them',
        de: 'ein benanntes Volume teilen sich genau die Container, die es nennen',
      },
      say: {
        en: 'Two containers name the volume tour-shared, a third one names another. Who sees the line?',
        de: 'Zwei Container nennen das Volume tour-shared, ein dritter ein anderes. Wer sieht die Zeile?',
      },
      run: [
        'docker volume create tour-shared; docker volume create tour-other',
        'docker run --detach --name tour-pen -v tour-shared:/data tour-python sleep infinity',
        "docker exec tour-pen sh -c 'echo shared > /data/line'",
        'docker run --rm -v tour-shared:/data tour-python cat /data/line',
        'docker run --rm -v tour-other:/data tour-python ls /data',
      ],
      holds: async ([, , , reader, stranger], look) => {
        const found = (await containerOf(look, 'tour-pen')).mounts
        assert.deepEqual(found, [{ type: 'volume', from: 'tour-shared', path: '/data' }])
        printed(reader, 'shared\n')
        printed(stranger, '')
      },
    },
    {
      claim: {
        en: 'a bind mount must be a folder of the host, seen from both sides',
        de: 'ein Bind-Mount ist ein Ordner des Rechners, von beiden Seiten sichtbar',
      },
      say: {
        en: 'A path instead of a name mounts a folder of this host. The container reads your file, you read its answer.',
        de: 'Ein Pfad anstelle eines Namens hängt einen Ordner dieses Rechners ein. Der Container liest deine Datei, du liest seine Antwort.',
      },
      files: { question: 'who goes there?\n' },
      run: [
        'docker run --detach --name tour-guard -v "$PWD:/data" tour-python sleep infinity',
        "docker exec tour-guard sh -c 'cat /data/question; echo a friend > /data/answer'",
        'cat answer',
      ],
      holds: async ([, question, answer], look) => {
        const [mount] = (await containerOf(look, 'tour-guard')).mounts
        assert.equal(mount?.type, 'bind')
        printed(question, 'who goes there?\n')
        printed(answer, 'a friend\n')
      },
    },
    {
      claim: {
        en: 'volumes_from must mount the volumes of another container',
        de: '--volumes-from hängt die Volumes eines anderen Containers ein',
      },
      say: {
        en: 'A helper, such as a backup, need not know the volumes: it takes those of another container, at the same paths.',
        de: 'Ein Helfer, etwa für Backups, muss die Volumes nicht kennen: Er nimmt die eines anderen Containers, an denselben Pfaden.',
      },
      run: [
        "docker exec tour-pen sh -c 'echo of the owner > /data/lines'",
        `docker run --rm --volumes-from tour-pen tour-python sh -c 'cat /data/lines; echo of the guest >> /data/lines'`,
        'docker exec tour-pen cat /data/lines',
      ],
      holds: ([, guest, owner]) => {
        printed(guest, 'of the owner\n')
        printed(owner, 'of the owner\nof the guest\n')
      },
    },
  ],
}
