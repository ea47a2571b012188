import { isFoundAs, isStill, publishes, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const RUN = 'docker run --detach --name'

/** Names on a network, and ports of the host. */
export const networks: readonly Exercise[] = [
  {
    id: 'network',
    chapter: 5,
    title: { en: 'A name that nobody finds', de: 'Ein Name, den niemand findet' },
    task: {
      en: 'Repair this: practice-web looks for practice-db by its name, and does not find it. Both must keep running: replace neither of them.',
      de: 'Repariere das: practice-web sucht practice-db beim Namen und findet ihn nicht. Beide sollen weiterlaufen: Ersetze keinen von ihnen.',
    },
    predict: {
      en: 'They are on two networks. May a container be on both?',
      de: 'Sie sind in zwei Netzen. Darf ein Container in beiden sein?',
    },
    hints: [
      {
        en: 'docker network ls lists the networks, docker inspect NAME shows below Networks where a container is.',
        de: 'docker network ls nennt die Netze, docker inspect NAME zeigt unter Networks, wo ein Container ist.',
      },
      {
        en: 'docker network connect takes a network and a container that may be running.',
        de: 'docker network connect nimmt ein Netz und einen Container, der laufen darf.',
      },
    ],
    solution: 'docker network connect practice-back practice-web',
    setup: `{ docker network create --internal practice-front
docker network create --internal practice-back
${RUN} practice-db --network practice-back practice-python sleep infinity
${RUN} practice-web --network practice-front practice-python sleep infinity; } > /dev/null
docker inspect --format '{{.Id}}' practice-web`,
    conditions: (made) => [
      runs('practice-db'),
      runs('practice-web'),
      isStill('practice-web', made),
      isFoundAs('practice-db', 'practice-web'),
    ],
    learned: {
      en: 'Yes, and it then finds the names of both. That is how `make deploy` puts a new version live: it connects it to the network of the proxy.',
      de: 'Ja, und er findet dann die Namen beider. So schaltet `make deploy` eine neue Version live: Es verbindet sie mit dem Netz des Proxys.',
    },
    target: 'deploy',
  },
  {
    id: 'port',
    chapter: 5,
    title: { en: 'A door for this host', de: 'Eine Tür für diesen Rechner' },
    task: {
      en: 'In practice-site, a web server listens on port 8000, but this host has no way to it. Replace the container: the same image and command (practice-python, python3 -m http.server 8000), reachable at http://localhost:8095.',
      de: 'In practice-site lauscht ein Webserver auf Port 8000, aber dieser Rechner kommt nicht hin. Ersetze den Container: gleiches Image, gleiches Kommando (practice-python, python3 -m http.server 8000), erreichbar unter http://localhost:8095.',
    },
    predict: {
      en: 'Which number comes first after -p: that of this host, or that of the container?',
      de: 'Welche Zahl steht nach -p zuerst: die dieses Rechners oder die des Containers?',
    },
    hints: [
      {
        en: 'A port is published when a container is made; afterwards it cannot be changed.',
        de: 'Ein Port wird veröffentlicht, wenn der Container entsteht; danach lässt sich das nicht ändern.',
      },
      {
        en: '-p HOST:CONTAINER. With 127.0.0.1: before it, only this host gets in.',
        de: '-p RECHNER:CONTAINER. Mit 127.0.0.1: davor kommt nur dieser Rechner hinein.',
      },
    ],
    solution: `docker rm --force practice-site
${RUN} practice-site -p 127.0.0.1:8095:8000 practice-python python3 -m http.server 8000`,
    setup: `${RUN} practice-site practice-python python3 -m http.server 8000`,
    conditions: () => [runs('practice-site'), publishes('practice-site', 8000, 8095)],
    learned: {
      en: 'That of this host. Here only the proxy publishes a port, PORT, and only on 127.0.0.1; `make status` says where.',
      de: 'Die dieses Rechners. Hier veröffentlicht nur der Proxy einen Port, PORT, und nur auf 127.0.0.1; `make status` sagt, wo.',
    },
    target: 'status',
  },
]
