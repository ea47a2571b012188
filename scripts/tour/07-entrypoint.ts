import { type Chapter, type Claim, printed } from './chapter.ts'

const PROGRAM = `import signal, sys
def end(*_):
    print("told to end", flush=True)
    sys.exit(42)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
while True:
    signal.pause()
`

export const entrypoint: Chapter = {
  title: { en: 'Entrypoint and signals', de: 'Entrypoint und Signale' },
  claims: [
    {
      claim: {
        en: 'the entrypoint must run, with the command as its arguments',
        de: 'der Entrypoint läuft, mit dem Kommando als seinen Argumenten',
      },
      say: {
        en: 'ENTRYPOINT is the program, CMD its usual arguments. What you write after the name of the image takes the place of CMD.',
        de: 'ENTRYPOINT ist das Programm, CMD sind seine üblichen Argumente. Was du hinter den Namen des Images schreibst, tritt an die Stelle von CMD.',
      },
      files: { Dockerfile: 'FROM tour-python\nENTRYPOINT ["echo", "one for all"]\nCMD ["by default"]\n' },
      run: [
        'docker build --quiet --tag tour-echo .',
        'docker run --rm tour-echo',
        'docker run --rm tour-echo and all for one',
      ],
      holds: ([, usual, given]) => {
        printed(usual, 'one for all by default\n')
        printed(given, 'one for all and all for one\n')
      },
    },
    {
      claim: {
        en: 'an entrypoint in exec form must get SIGTERM and end with its own status',
        de: 'ein Entrypoint in Exec-Form bekommt SIGTERM und endet mit seinem eigenen Status',
      },
      say: {
        en: 'docker stop sends SIGTERM to process 1. In exec form, with brackets, that is your program: it can finish its work, and choose its status.',
        de: 'docker stop schickt SIGTERM an Prozess 1. In der Exec-Form, mit Klammern, ist das dein Programm: Es kann seine Arbeit beenden und wählt seinen Status.',
      },
      ...stopped('tour-exec', '["python3", "/program.py"]', 30),
      holds: (outputs) => endedWell(outputs),
    },
    {
      claim: {
        en: 'a shell that ends in exec must hand its signals to the program',
        de: 'eine Shell, die mit exec endet, gibt ihre Signale dem Programm',
      },
      say: {
        en: 'A start script may come first. Its last line begins with exec: the program takes the place of the shell, as process 1.',
        de: 'Ein Startskript darf vorangehen. Seine letzte Zeile beginnt mit exec: Das Programm nimmt als Prozess 1 den Platz der Shell ein.',
      },
      ...stopped('tour-with', '["sh", "/start.sh"]', 30, 'exec python3 /program.py\n'),
      holds: (outputs) => endedWell(outputs),
    },
    {
      claim: {
        en: 'a shell that does not exec must keep signals from the program, which is killed after its grace period',
        de: 'eine Shell ohne exec hält Signale vom Programm fern; nach der Schonfrist wird es getötet',
      },
      say: {
        en: 'Without exec, the shell is process 1 and passes nothing on. After the grace period (here 1 second) all is killed: status 137 is 128 + 9.',
        de: 'Ohne exec ist die Shell Prozess 1 und gibt nichts weiter. Nach der Schonfrist (hier 1 Sekunde) wird alles getötet: Status 137 ist 128 + 9.',
      },
      ...stopped('tour-without', '["sh", "/start.sh"]', 1, 'python3 /program.py\n'),
      holds: ([, , , first, , status, output]) => {
        printed(first, 'sh\n')
        printed(status, '137\n')
        printed(output, 'ready\n')
      },
    },
  ],
}

// The program under an entrypoint, stopped with so many seconds of grace.
function stopped(name: string, line: string, grace: number, script?: string): Pick<Claim, 'files' | 'run'> {
  return {
    files: {
      Dockerfile: `FROM tour-python\nCOPY . /\nENTRYPOINT ${line}\n`,
      'program.py': PROGRAM,
      ...(script === undefined ? {} : { 'start.sh': script }),
    },
    run: [
      `docker build --quiet --tag ${name} .`,
      `docker run --detach --name ${name} ${name}`,
      `until docker logs ${name} | grep ready; do sleep 0.2; done`,
      `docker exec ${name} cat /proc/1/comm`,
      `docker stop -t ${grace} ${name}`,
      `docker inspect --format '{{.State.ExitCode}}' ${name}`,
      `docker logs ${name}`,
    ],
  }
}

function endedWell([, , , first, , status, output]: readonly string[]): void {
  printed(first, 'python3\n')
  printed(status, '42\n')
  printed(output, 'ready\ntold to end\n')
}
