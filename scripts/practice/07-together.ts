import { hasVolume, isService, noNetwork, registryHas } from './conditions.ts'
import { gone, isFoundAs, mounts, publishes, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const SERVICE = '    image: practice-python\n    command: [sleep, infinity]\n    init: true\n'
/** Compose, and a registry. */
export const together: readonly Exercise[] = [
  {
    id: 'compose',
    title: { en: 'Two services in one file', de: 'Zwei Dienste in einer Datei' },
    task: {
      en: 'Repair compose.yaml here: docker compose up --detach refuses it. Then add a second service, db, with the same image, command and init, and no volume. Start both.',
      de: 'Repariere compose.yaml hier: docker compose up --detach weist sie zurück. Füge dann einen zweiten Dienst hinzu, db, mit gleichem image, command und init, ohne Volume. Starte beide.',
    },
    predict: {
      en: 'Nobody creates a network here. Will web find db by its name?',
      de: 'Niemand legt hier ein Netz an. Findet web den Dienst db beim Namen?',
    },
    hints: [
      {
        en: 'The message names a volume that is undefined: a named volume has to stand below a key volumes of the whole file, too.',
        de: 'Die Meldung nennt ein Volume, das nicht definiert ist: Ein benanntes Volume muss auch unter einem Schlüssel volumes der ganzen Datei stehen.',
      },
      {
        en: 'At the end of the file, without a blank before it: volumes: {data: {}}. The service db stands below services, as deep as web.',
        de: 'Ans Ende der Datei, ohne Leerzeichen davor: volumes: {data: {}}. Der Dienst db steht unter services, so tief eingerückt wie web.',
      },
    ],
    solution: `cat > compose.yaml <<'END'
name: practice-shop
services:
  web:
${SERVICE}    volumes: ["data:/data"]
  db:
${SERVICE}volumes: {data: {}}
END
docker compose up --detach`,
    files: { 'compose.yaml': `name: practice-shop\nservices:\n  web:\n${SERVICE}    volumes: ["data:/data"]\n` },
    conditions: () => [
      runs('practice-shop-web-1'),
      isService('practice-shop-web-1', 'practice-shop', 'web'),
      mounts('practice-shop-web-1', '/data', 'practice-shop_data'),
      runs('practice-shop-db-1'),
      isService('practice-shop-db-1', 'practice-shop', 'db'),
      isFoundAs('db', 'practice-shop-web-1'),
    ],
    learned: {
      en: 'Yes: Compose makes a network for each project, and a service is a name on it. compose/app.yaml describes what `make deploy` runs.',
      de: 'Ja: Compose legt für jedes Projekt ein Netz an, und ein Dienst ist darin ein Name. compose/app.yaml beschreibt, was `make deploy` laufen lässt.',
    },
    target: 'deploy',
  },
  {
    id: 'down',
    title: { en: 'Down, and the data stay', de: 'Abräumen, und die Daten bleiben' },
    task: {
      en: 'The Compose project practice-stand runs. Remove its container and its network, and keep its volume practice-stand_data.',
      de: 'Das Compose-Projekt practice-stand läuft. Entferne seinen Container und sein Netz, und behalte sein Volume practice-stand_data.',
    },
    predict: {
      en: 'What is the difference between docker compose stop, down, and down --volumes?',
      de: 'Worin unterscheiden sich docker compose stop, down und down --volumes?',
    },
    hints: [
      {
        en: 'stop only stops. It is the opposite of up that you need.',
        de: 'stop hält nur an. Du brauchst das Gegenteil von up.',
      },
      {
        en: 'docker compose down, here in this folder, without any option.',
        de: 'docker compose down, hier in diesem Ordner, ohne Option.',
      },
    ],
    solution: 'docker compose down',
    files: {
      'compose.yaml': `name: practice-stand\nservices:\n  web:\n${SERVICE}    volumes: ["data:/data"]\nvolumes: {data: {}}\n`,
    },
    setup: 'docker compose --progress quiet up --detach',
    conditions: () => [
      gone('practice-stand-web-1'),
      noNetwork('practice-stand_default'),
      hasVolume('practice-stand_data'),
    ],
    learned: {
      en: 'stop keeps the containers, down removes them, and --volumes removes the data, too. `make down` keeps the volumes; only `make destroy` removes data.',
      de: 'stop behält die Container, down entfernt sie, und --volumes entfernt auch die Daten. `make down` behält die Volumes; nur `make destroy` entfernt Daten.',
    },
    target: 'down',
  },
  {
    id: 'registry',
    title: { en: 'A registry of your own', de: 'Eine eigene Registry' },
    task: {
      en: 'Start a registry: the container practice-registry from the image practice-registry, its port 5000 at port 8095 of this host. Then send the image practice-goods:1.0 to it, under the name practice-goods.',
      de: 'Starte eine Registry: den Container practice-registry aus dem Image practice-registry, sein Port 5000 an Port 8095 dieses Rechners. Schick ihr dann das Image practice-goods:1.0, unter dem Namen practice-goods.',
    },
    predict: {
      en: 'How does docker push know where to send an image?',
      de: 'Woher weiß docker push, wohin es ein Image schicken soll?',
    },
    hints: [
      {
        en: 'The name of an image may begin with the address of a registry: localhost:8095/practice-goods:1.0.',
        de: 'Der Name eines Images darf mit der Adresse einer Registry beginnen: localhost:8095/practice-goods:1.0.',
      },
      {
        en: 'Three steps: docker run with -p 127.0.0.1:8095:5000, docker tag, docker push.',
        de: 'Drei Schritte: docker run mit -p 127.0.0.1:8095:5000, docker tag, docker push.',
      },
    ],
    solution: `docker run --detach --name practice-registry -p 127.0.0.1:8095:5000 practice-registry
docker tag practice-goods:1.0 localhost:8095/practice-goods:1.0
sleep 1
docker push localhost:8095/practice-goods:1.0`,
    setup: `printf 'FROM practice-python\\nENV GOODS=1.0\\n' | docker build --quiet --tag practice-goods:1.0 -`,
    conditions: () => [
      runs('practice-registry'),
      publishes('practice-registry', 5000, 8095),
      registryHas('practice-registry', 'practice-goods'),
    ],
    learned: {
      en: 'From the name: its first part is the address. `make push` sends the tested image to the registry in IMAGE_REPOSITORY.',
      de: 'Aus dem Namen: Sein erster Teil ist die Adresse. `make push` schickt das geprüfte Image an die Registry in IMAGE_REPOSITORY.',
    },
    target: 'push',
  },
]
