import assert from 'node:assert/strict'
import { type Chapter, containerOf, matches, printed } from './chapter.ts'

const SERVER = 'python3 -m http.server --directory /etc 8099'
const ASK = `python3 -c 'import urllib.request as r; print(r.urlopen("http://localhost:8099/hostname").read().decode(), end="")'`

export const networks: Chapter = {
  title: { en: 'Networks', de: 'Netze' },
  claims: [
    {
      claim: {
        en: 'a container must be found by its name on its network, and not from another network',
        de: 'ein Container wird in seinem Netz beim Namen gefunden, aus einem anderen Netz nicht',
      },
      say: {
        en: 'On a network that you create, the name of a container is its address. A container elsewhere finds itself, but not its neighbour over there.',
        de: 'In einem Netz, das du anlegst, ist der Name eines Containers seine Adresse. Ein Container anderswo findet sich selbst, aber nicht den Nachbarn dort.',
      },
      run: [
        'docker network create --internal tour-net; docker network create --internal tour-elsewhere',
        'docker run --detach --name tour-db --network tour-net tour-python sleep infinity',
        'docker run --rm --network tour-net tour-python getent hosts tour-db',
        `docker run --rm --name tour-stranger --network tour-elsewhere tour-python sh -c 'getent hosts tour-stranger; getent hosts tour-db; echo "status $?"'`,
      ],
      holds: async ([, , neighbour = '', stranger], look) => {
        const address = (await containerOf(look, 'tour-db')).networks['tour-net']
        assert.equal(neighbour.split(' ')[0], address)
        matches(stranger, /^\d+\.\d+\.\d+\.\d+ .*tour-stranger\nstatus 2\n$/)
      },
    },
    {
      claim: {
        en: 'a published port is reachable from the host on localhost, and an unpublished one is not',
        de: 'ein veröffentlichter Port ist auf localhost erreichbar, ein anderer nicht',
      },
      say: {
        en: 'A container listens inside of its own network. -p HOST:CONTAINER opens one door from this host; without it, the same server is out of reach.',
        de: 'Ein Container lauscht in seinem eigenen Netz. -p RECHNER:CONTAINER öffnet eine Tür von diesem Rechner aus; ohne sie ist derselbe Server unerreichbar.',
      },
      run: [
        `docker run --detach --name tour-web -p 127.0.0.1:8099:8099 tour-python ${SERVER}`,
        'curl --silent --retry 30 --retry-delay 1 --retry-all-errors http://localhost:8099/hostname',
        'docker rm --force tour-web',
        `docker run --detach --name tour-hidden tour-python ${SERVER}`,
        `until docker exec tour-hidden ${ASK} 2>/dev/null; do sleep 0.2; done`,
        'curl --silent --show-error http://localhost:8099/hostname',
      ],
      holds: async ([published = '', answer, , hidden = '', inside, outside], look) => {
        printed(answer, `${published.slice(0, 12)}\n`)
        printed(inside, `${hidden.slice(0, 12)}\n`)
        assert.deepEqual((await containerOf(look, 'tour-hidden')).ports, [])
        matches(outside, /^curl: \(7\) /)
      },
    },
  ],
}
