import assert from 'node:assert/strict'
import { type Chapter, printed } from './chapter.ts'

const [WRITERS, LINES] = [4, 250]

export const volumes: Chapter = {
  title: { en: 'Volumes', de: 'Volumes' },
  claims: [
    {
      claim: { en: 'a volume must outlive its container', de: 'ein Volume überlebt seinen Container' },
      say: {
        en: 'What has to last does not belong into a container. A volume is a place for data with a name of its own; -v mounts it at a path.',
        de: 'Was bleiben soll, gehört nicht in den Container. Ein Volume ist ein Platz für Daten mit eigenem Namen; -v hängt es an einem Pfad ein.',
      },
      run: [
        'docker volume create tour-data',
        'docker run --detach --name tour-writer -v tour-data:/data tour-python sleep infinity',
        "docker exec tour-writer sh -c 'echo kept > /data/line'",
        'docker rm --force tour-writer',
        'docker run --rm -v tour-data:/data tour-python cat /data/line',
      ],
      holds: async (outputs, look) => {
        assert.equal(await look.container('tour-writer'), undefined)
        printed(outputs[4], 'kept\n')
      },
    },
    {
      claim: {
        en: 'version 1.2 must read what version 1.1 wrote',
        de: 'Version 1.2 liest, was Version 1.1 geschrieben hat',
      },
      say: {
        en: 'This is how an application is replaced: a new image, a new container, the same volume.',
        de: 'So wird eine Anwendung ersetzt: neues Image, neuer Container, dasselbe Volume.',
      },
      files: {
        Dockerfile: `FROM tour-python
ARG VERSION
ENV VERSION=$VERSION
CMD ["sh", "-c", "echo written by $VERSION >> /data/lines; cat /data/lines"]
`,
      },
      run: [
        'docker build --quiet --build-arg VERSION=1.1 --tag tour-app:1.1 .',
        'docker build --quiet --build-arg VERSION=1.2 --tag tour-app:1.2 .',
        'docker run --rm -v tour-data:/data tour-app:1.1',
        'docker run --rm -v tour-data:/data tour-app:1.2',
      ],
      holds: ([, , old, replacement]) => {
        printed(old, 'written by 1.1\n')
        printed(replacement, 'written by 1.1\nwritten by 1.2\n')
      },
    },
    {
      claim: {
        en: 'containers that append to one file of a shared volume at once must not lose a line',
        de: 'Container, die gleichzeitig an eine Datei eines Volumes anhängen, verlieren keine Zeile',
      },
      say: {
        en: `${WRITERS} containers wait for each other, then each appends ${LINES} lines to the same file. At the end, count the lines that are whole and differ.`,
        de: `${WRITERS} Container warten aufeinander, dann hängt jeder ${LINES} Zeilen an dieselbe Datei an. Am Ende zählen wir die Zeilen, die ganz und verschieden sind.`,
      },
      files: {
        'writer.sh': `touch /log/ready.$HOSTNAME
until [ $(ls /log/ready.* | wc -l) -eq ${WRITERS} ]; do :; done
for n in $(seq ${LINES}); do echo "$HOSTNAME $n" >> /log/lines; done
`,
      },
      run: [
        'docker volume create tour-log',
        'for n in 1 2 3 4; do docker run --detach --name tour-writer-$n -v tour-log:/log tour-python sh -c "$(cat writer.sh)"; done',
        'docker wait tour-writer-1 tour-writer-2 tour-writer-3 tour-writer-4',
        `docker run --rm -v tour-log:/log tour-python sh -c 'sort -u /log/lines | grep -cE "^[0-9a-f]{12} [0-9]+$"; wc -l < /log/lines'`,
      ],
      holds: ([, , statuses, counted]) => {
        printed(statuses, '0\n'.repeat(WRITERS))
        printed(counted, `${WRITERS * LINES}\n`.repeat(2))
      },
    },
  ],
}
