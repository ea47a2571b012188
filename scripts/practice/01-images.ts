import { addsLayers, isSame, sharesAllBut } from './conditions.ts'
import type { Exercise } from './exercise.ts'

/** Layers, the cache, and the names of an image. */
export const images: readonly Exercise[] = [
  {
    id: 'layers',
    chapter: 1,
    title: { en: 'An image of two layers', de: 'Ein Image aus zwei Schichten' },
    task: {
      en: 'Write a Dockerfile here. It starts from the image practice-python, copies greeting.txt into the folder /, and then lets a command append the word world to that file. Build the image practice-greeting from it.',
      de: 'Schreib hier ein Dockerfile. Es beginnt mit dem Image practice-python, kopiert greeting.txt in den Ordner / und lässt dann ein Kommando das Wort world an diese Datei anhängen. Baue daraus das Image practice-greeting.',
    },
    predict: {
      en: 'How many layers will your image have more than practice-python?',
      de: 'Wie viele Schichten wird dein Image mehr haben als practice-python?',
    },
    hints: [
      {
        en: 'A Dockerfile has one instruction a line. You need FROM, COPY and RUN.',
        de: 'Ein Dockerfile hat eine Anweisung je Zeile. Du brauchst FROM, COPY und RUN.',
      },
      {
        en: 'COPY takes a file of this folder and a path in the image. RUN takes a shell command, such as echo world >> /greeting.txt. docker build --tag NAME . builds what stands in this folder.',
        de: 'COPY nimmt eine Datei dieses Ordners und einen Pfad im Image. RUN nimmt ein Shell-Kommando wie echo world >> /greeting.txt. docker build --tag NAME . baut, was in diesem Ordner steht.',
      },
    ],
    solution: `printf 'FROM practice-python\\nCOPY greeting.txt /\\nRUN echo world >> /greeting.txt\\n' > Dockerfile
docker build --tag practice-greeting .`,
    files: { 'greeting.txt': 'hello\n' },
    conditions: () => [addsLayers('practice-greeting', 'practice-python', 2)],
    learned: {
      en: 'Two: COPY and RUN each add a layer on top of the base. `make build` makes the image of your application in the same way.',
      de: 'Zwei: COPY und RUN legen je eine Schicht auf die Basis. `make build` macht das Image deiner Anwendung genauso.',
    },
    target: 'build',
  },
  {
    id: 'cache',
    chapter: 8,
    title: { en: 'A cache that is worth something', de: 'Ein Cache, der etwas taugt' },
    task: {
      en: 'Repair the Dockerfile here: after every change of app.py, its RUN installs all packages again (it only pretends to). Change the order of its lines so that RUN depends on requirements.txt alone. Then build practice-cached:1, change app.py, and build practice-cached:2.',
      de: 'Repariere das Dockerfile hier: Nach jeder Änderung von app.py installiert sein RUN alle Pakete neu (es tut nur so). Ordne die Zeilen so, dass RUN nur von requirements.txt abhängt. Baue dann practice-cached:1, ändere app.py und baue practice-cached:2.',
    },
    predict: {
      en: 'Once it is repaired: in how many layers will the two images differ?',
      de: 'Wenn es repariert ist: In wie vielen Schichten unterscheiden sich die zwei Images?',
    },
    hints: [
      {
        en: 'The cache serves a line as long as nothing above it, and no file that it copies, has changed. COPY . copies app.py, too.',
        de: 'Der Cache liefert eine Zeile, solange sich nichts über ihr und keine Datei, die sie kopiert, geändert hat. COPY . kopiert auch app.py.',
      },
      {
        en: 'First copy requirements.txt alone, then RUN, and only then COPY all the rest.',
        de: 'Kopiere erst nur requirements.txt, dann RUN, und erst danach mit COPY alles Übrige.',
      },
    ],
    solution: `{
  echo 'FROM practice-python'
  echo 'COPY requirements.txt /app/'
  echo 'RUN cat /proc/sys/kernel/random/uuid > /installed'
  echo 'COPY . /app/'
} > Dockerfile
docker build --tag practice-cached:1 .
echo '# changed' >> app.py
docker build --tag practice-cached:2 .`,
    files: {
      Dockerfile: 'FROM practice-python\nCOPY . /app/\nRUN cat /proc/sys/kernel/random/uuid > /installed\n',
      'requirements.txt': 'flask\n',
      'app.py': 'print("version 1")\n',
    },
    conditions: () => [sharesAllBut('practice-cached:2', 'practice-cached:1', 1)],
    learned: {
      en: 'In one, the last COPY: all above it came from the cache. sample-app/Dockerfile copies its requirements first, so that `make build` takes seconds.',
      de: 'In einer, dem letzten COPY: Alles darüber kam aus dem Cache. sample-app/Dockerfile kopiert zuerst seine requirements, darum braucht `make build` nur Sekunden.',
    },
    target: 'build',
  },
  {
    id: 'tags',
    chapter: 1,
    title: { en: 'One image, several names', de: 'Ein Image, mehrere Namen' },
    task: {
      en: 'There is an image practice-app:1.0. Give it two more names, practice-app:1 and practice-app:latest, and build nothing.',
      de: 'Es gibt ein Image practice-app:1.0. Gib ihm zwei weitere Namen, practice-app:1 und practice-app:latest, und baue nichts.',
    },
    predict: { en: 'How much room will the three names take?', de: 'Wie viel Platz brauchen die drei Namen?' },
    hints: [
      {
        en: 'A name of an image is called a tag. The part after the colon is latest where nobody gives one.',
        de: 'Ein Name eines Images heißt Tag. Der Teil nach dem Doppelpunkt ist latest, wenn niemand einen nennt.',
      },
      {
        en: 'docker tag takes a name that exists, and a new one.',
        de: 'docker tag nimmt einen Namen, den es gibt, und einen neuen.',
      },
    ],
    solution: `docker tag practice-app:1.0 practice-app:1
docker tag practice-app:1.0 practice-app:latest`,
    setup: `printf 'FROM practice-python\\nENV VERSION=1.0\\n' | docker build --quiet --tag practice-app:1.0 -`,
    conditions: () => [isSame('practice-app:1', 'practice-app:1.0'), isSame('practice-app:latest', 'practice-app:1.0')],
    learned: {
      en: 'As much as one: all three mean the same image. `make tag` names a tested 1.4.2 also 1.4, 1 and latest.',
      de: 'So viel wie einer: Alle drei meinen dasselbe Image. `make tag` nennt ein geprüftes 1.4.2 auch 1.4, 1 und latest.',
    },
    target: 'tag',
  },
]
