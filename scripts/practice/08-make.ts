import { beganAfter, runsCommand } from './conditions.ts'
import { ended, isFrom, mounts, printed, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const MAKEFILE = `.PHONY: build test deploy ship
build:
	docker build --tag practice-piped .
test:
	docker run --name practice-test practice-piped python3 -c 'print("all tests pass")'
deploy:
	docker run --detach --name practice-live practice-piped
ship: deploy
`

/** Make as the door. */
export const doors: readonly Exercise[] = [
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
      en: 'That of the container. Every target here works like that: `make build` runs make _build in a container, and your host needs only Make and Docker.',
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
