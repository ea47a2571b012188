import { ended, hasVariable, isFrom, printed, runs } from './container-conditions.ts'
import type { Exercise } from './exercise.ts'

const PROGRAM = `import signal, sys
def end(*_):
    print("told to end", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
`

/** What a process gets: its environment, its arguments and its signals. */
export const processes: readonly Exercise[] = [
  {
    id: 'environment',
    chapter: 6,
    title: { en: 'One image, another motto', de: 'Ein Image, ein anderes Motto' },
    task: {
      en: 'The image practice-motto prints the variable MOTTO and ends. Run it as the container practice-motto so that it prints all for one: by that variable alone, without a new image or another command. Let the ended container be (no --rm).',
      de: 'Das Image practice-motto gibt die Variable MOTTO aus und endet. Lass es als Container practice-motto so laufen, dass er all for one ausgibt: nur durch diese Variable, ohne neues Image und ohne anderes Kommando. Lass den beendeten Container stehen (kein --rm).',
    },
    predict: {
      en: 'What does it print without your help?',
      de: 'Was gibt es ohne deine Hilfe aus?',
    },
    hints: [
      { en: 'docker run -e sets a variable.', de: 'docker run -e setzt eine Variable.' },
      {
        en: 'A value with blanks needs quotes: -e MOTTO="…". Options stand before the name of the image.',
        de: 'Ein Wert mit Leerzeichen braucht Anführungszeichen: -e MOTTO="…". Optionen stehen vor dem Namen des Images.',
      },
    ],
    solution: `docker run --name practice-motto -e MOTTO="all for one" practice-motto`,
    setup: `printf 'FROM practice-python\\nENV MOTTO="of the image"\\nCMD ["sh", "-c", "echo $MOTTO"]\\n' | docker build --quiet --tag practice-motto -`,
    conditions: () => [
      isFrom('practice-motto', 'practice-motto'),
      hasVariable('practice-motto', 'MOTTO', 'all for one'),
      printed('practice-motto', 'all for one'),
    ],
    learned: {
      en: 'Its default, "of the image". So one tested image can serve in every environment: `make deploy` gives it the variables of .env.',
      de: 'Die Vorgabe, „of the image“. So dient ein geprüftes Image in jeder Umgebung: `make deploy` gibt ihm die Variablen aus .env.',
    },
    target: 'deploy',
  },
  {
    id: 'env-file',
    chapter: 6,
    title: { en: 'A file of variables', de: 'Eine Datei voller Variablen' },
    task: {
      en: 'Start practice-place from practice-python (sleep infinity) with the variables of the file lesson.env here, but let PLACE be Paris.',
      de: 'Starte practice-place aus practice-python (sleep infinity) mit den Variablen der Datei lesson.env hier, aber PLACE soll Paris sein.',
    },
    predict: {
      en: 'The file says PLACE, too. Who wins?',
      de: 'Die Datei nennt PLACE auch. Wer gewinnt?',
    },
    hints: [
      { en: 'The option is called --env-file.', de: 'Die Option heißt --env-file.' },
      {
        en: 'Give both: --env-file lesson.env and -e PLACE=Paris.',
        de: 'Gib beides an: --env-file lesson.env und -e PLACE=Paris.',
      },
    ],
    solution: `docker run --detach --name practice-place --env-file lesson.env -e PLACE=Paris practice-python sleep infinity`,
    files: { 'lesson.env': '# a comment\nMOTTO=from the file\nPLACE=from the file\n' },
    conditions: () => [
      runs('practice-place'),
      hasVariable('practice-place', 'MOTTO', 'from the file'),
      hasVariable('practice-place', 'PLACE', 'Paris'),
    ],
    learned: {
      en: 'What stands on the command line. The same holds here: `make plan REPLICAS=2` wins over REPLICAS in .env.',
      de: 'Was auf der Kommandozeile steht. So auch hier: `make plan REPLICAS=2` geht REPLICAS in .env vor.',
    },
    target: 'plan',
  },
  {
    id: 'entrypoint',
    chapter: 7,
    title: { en: 'Program and arguments', de: 'Programm und Argumente' },
    task: {
      en: 'The image practice-echo prints: one for all by default. Run it as the container practice-echo so that it prints: one for all and all for one. Let the ended container be (no --rm).',
      de: 'Das Image practice-echo gibt aus: one for all by default. Lass es als Container practice-echo so laufen, dass er ausgibt: one for all and all for one. Lass den beendeten Container stehen (kein --rm).',
    },
    predict: {
      en: 'Which part of the sentence is the ENTRYPOINT, which the CMD?',
      de: 'Welcher Teil des Satzes ist der ENTRYPOINT, welcher das CMD?',
    },
    hints: [
      {
        en: 'What you write after the name of the image takes the place of CMD. The entrypoint stays.',
        de: 'Was du hinter den Namen des Images schreibst, tritt an die Stelle von CMD. Der Entrypoint bleibt.',
      },
      { en: 'Only four words have to follow: and all for one.', de: 'Nur vier Wörter müssen folgen: and all for one.' },
    ],
    solution: 'docker run --name practice-echo practice-echo and all for one',
    setup: `printf 'FROM practice-python\\nENTRYPOINT ["echo", "one for all"]\\nCMD ["by default"]\\n' | docker build --quiet --tag practice-echo -`,
    conditions: () => [
      isFrom('practice-echo', 'practice-echo'),
      printed('practice-echo', 'one for all and all for one'),
    ],
    learned: {
      en: '"one for all" is the ENTRYPOINT, "by default" the CMD. That is how `make test` gives an image another command: its own test suite.',
      de: '„one for all“ ist der ENTRYPOINT, „by default“ das CMD. So gibt `make test` einem Image ein anderes Kommando: seine eigenen Tests.',
    },
    target: 'test',
  },
  {
    id: 'signals',
    chapter: 7,
    title: { en: 'Ten seconds to stop', de: 'Zehn Sekunden bis zum Ende' },
    task: {
      en: 'Repair this: docker stop practice-slow takes ten seconds, and then kills the program. Mend start.sh here, build the image practice-slow again, put a new container practice-slow in the place of the old one, and stop that: it must end with status 0.',
      de: 'Repariere das: docker stop practice-slow dauert zehn Sekunden und tötet dann das Programm. Verbessere start.sh hier, baue das Image practice-slow neu, setz einen neuen Container practice-slow an die Stelle des alten und halte ihn an: Er muss mit Status 0 enden.',
    },
    predict: {
      en: 'Who gets the signal of docker stop: the shell, or the program?',
      de: 'Wer bekommt das Signal von docker stop: die Shell oder das Programm?',
    },
    hints: [
      {
        en: 'docker stop signals process 1. See who that is: docker exec practice-slow cat /proc/1/comm.',
        de: 'docker stop schickt das Signal an Prozess 1. Sieh nach, wer das ist: docker exec practice-slow cat /proc/1/comm.',
      },
      {
        en: 'One word before the last command of start.sh lets the program take the place of the shell: exec. Wait for docker logs practice-slow to say ready before you stop it.',
        de: 'Ein Wort vor dem letzten Kommando von start.sh lässt das Programm den Platz der Shell einnehmen: exec. Warte, bis docker logs practice-slow ready zeigt, bevor du ihn anhältst.',
      },
    ],
    solution: `echo 'exec python3 /program.py' > start.sh
docker build --tag practice-slow .
docker rm --force practice-slow
docker run --detach --name practice-slow practice-slow
until docker logs practice-slow | grep ready; do sleep 0.2; done
docker stop practice-slow`,
    files: {
      Dockerfile: 'FROM practice-python\nCOPY start.sh program.py /\nENTRYPOINT ["sh", "/start.sh"]\n',
      'program.py': PROGRAM,
      'start.sh': 'python3 /program.py\n',
    },
    setup: `docker build --quiet --tag practice-slow .
docker run --detach --name practice-slow practice-slow`,
    conditions: () => [ended('practice-slow', 0), printed('practice-slow', 'told to end')],
    learned: {
      en: 'Process 1 gets it, and a shell passes nothing on. With exec, your program can finish its requests: `make deploy` counts on that when it stops the old version.',
      de: 'Prozess 1 bekommt es, und eine Shell gibt nichts weiter. Mit exec kann dein Programm seine Anfragen beenden: Darauf verlässt sich `make deploy`, wenn es die alte Version anhält.',
    },
    target: 'deploy',
  },
]
