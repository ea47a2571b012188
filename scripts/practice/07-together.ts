import { beganAfter, isService, registryHas, runsCommand, volume } from './conditions.ts'
import { ended, gone, isFoundAs, isFrom, mounts, printed, publishes, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const SERVICE = '    image: practice-python\n    command: [sleep, infinity]\n    init: true\n'
const MAKEFILE = `.PHONY: build test deploy ship
build:
	docker build --tag practice-piped .
test:
	docker run --name practice-test practice-piped python3 -c 'print("all tests pass")'
deploy:
	docker run --detach --name practice-live practice-piped
ship: deploy
`

/** Compose, a registry, and Make as the door. */
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
    conditions: () => [gone('practice-stand-web-1'), volume('practice-stand_data', 'there')],
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
  {
    id: 'make',
    title: { en: 'Make is the door', de: 'Make ist die Tür' },
    task: {
      en: 'The Makefile here has a target _greet, for the inside of a container. Write the rule of greet, for the outside: it runs make _greet in a container practice-greet from the image practice-tools, with this folder at /work, in which it works. Then type: make greet.',
      de: 'Das Makefile hier hat ein Ziel _greet für das Innere eines Containers. Schreib die Regel von greet für draußen: Sie führt make _greet in einem Container practice-greet aus dem Image practice-tools aus, mit diesem Ordner bei /work, in dem er arbeitet. Tipp dann: make greet.',
    },
    predict: {
      en: 'Whose name will the greeting have: that of this host, or of the container?',
      de: 'Wessen Namen trägt der Gruß: den dieses Rechners oder den des Containers?',
    },
    hints: [
      {
        en: 'A rule is a line that begins with a tab, below the name of the target. -w sets the folder in which a container works. Use no --rm, so that the container can be looked at.',
        de: 'Eine Regel ist eine Zeile, die mit einem Tabulator beginnt, unter dem Namen des Ziels. -w setzt den Ordner, in dem ein Container arbeitet. Nimm kein --rm, damit man den Container ansehen kann.',
      },
      {
        en: 'docker run --name practice-greet -v "$(CURDIR):/work" -w /work practice-tools make _greet. CURDIR is what make calls its folder.',
        de: 'docker run --name practice-greet -v "$(CURDIR):/work" -w /work practice-tools make _greet. CURDIR nennt make seinen Ordner.',
      },
    ],
    solution: `printf 'greet:\\n\\tdocker run --name practice-greet -v "$(CURDIR):/work" -w /work practice-tools make _greet\\n' > Makefile
printf '_greet:\\n\\t@echo hello from $$(cat /etc/hostname)\\n' >> Makefile
make greet`,
    files: { Makefile: 'greet:\n\n_greet:\n\t@echo hello from $$(cat /etc/hostname)\n' },
    conditions: () => [
      ended('practice-greet', 0),
      isFrom('practice-greet', 'practice-tools'),
      runsCommand('practice-greet', 'make _greet'),
      mounts('practice-greet', '/work', '/make'),
      printed('practice-greet', 'hello from'),
    ],
    learned: {
      en: 'That of the container. Every target here works so: `make build` runs make _build in a container, and your host needs only Make and Docker.',
      de: 'Den des Containers. So arbeitet hier jedes Ziel: `make build` führt make _build in einem Container aus, und dein Rechner braucht nur Make und Docker.',
    },
    target: 'build',
  },
  {
    id: 'pipeline',
    title: { en: 'A pipeline that tests', de: 'Eine Pipeline, die prüft' },
    task: {
      en: 'Repair the Makefile here: make ship deploys what nobody has built or tested. Let it do build, test and deploy, in this order, and type: make ship.',
      de: 'Repariere das Makefile hier: make ship bringt aus, was niemand gebaut oder geprüft hat. Lass es build, test und deploy tun, in dieser Reihenfolge, und tipp: make ship.',
    },
    predict: {
      en: 'If the test fails, will practice-live be started?',
      de: 'Wenn der Test scheitert, wird practice-live dann gestartet?',
    },
    hints: [
      {
        en: 'After the colon of a target stand the targets that have to come first.',
        de: 'Hinter dem Doppelpunkt eines Ziels stehen die Ziele, die vorher kommen müssen.',
      },
      {
        en: 'The last line of the Makefile: ship: build test deploy. If something of an earlier try is in the way, docker rm --force it.',
        de: 'Die letzte Zeile des Makefiles: ship: build test deploy. Ist etwas von einem früheren Versuch im Weg, entferne es mit docker rm --force.',
      },
    ],
    solution: `sed 's/^ship: .*/ship: build test deploy/' Makefile > Makefile.new
mv Makefile.new Makefile
make ship`,
    files: { Makefile: MAKEFILE, Dockerfile: 'FROM practice-python\nCMD ["sleep", "infinity"]\n' },
    conditions: () => [
      ended('practice-test', 0),
      isFrom('practice-test', 'practice-piped'),
      runs('practice-live'),
      isFrom('practice-live', 'practice-piped'),
      beganAfter('practice-live', 'practice-test'),
    ],
    learned: {
      en: 'No: Make stops at the first target that fails. `make ship` here is that line: build, test, tag and deploy.',
      de: 'Nein: Make hält beim ersten Ziel an, das scheitert. `make ship` ist hier genau diese Zeile: build, test, tag und deploy.',
    },
    target: 'ship',
  },
]
