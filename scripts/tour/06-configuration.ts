import { type Chapter, printed } from './chapter.ts'

export const configuration: Chapter = {
  title: { en: 'Configuration', de: 'Konfiguration' },
  claims: [
    {
      claim: {
        en: 'environment variables must reach the process and override the defaults of the image',
        de: 'Umgebungsvariablen erreichen den Prozess und gehen den Vorgaben des Images vor',
      },
      say: {
        en: 'One image serves everywhere: ENV sets defaults, and -e sets them anew for one container.',
        de: 'Ein Image dient überall: ENV setzt Vorgaben, und -e setzt sie für einen Container neu.',
      },
      files: {
        Dockerfile: `FROM tour-python
ENV MOTTO="of the image" PLACE="of the image"
CMD ["sh", "-c", "echo $MOTTO, $PLACE"]
`,
      },
      run: [
        'docker build --quiet --tag tour-motto .',
        'docker run --rm tour-motto',
        "docker run --rm -e MOTTO='all for one' tour-motto",
      ],
      holds: ([, defaults, given]) => {
        printed(defaults, 'of the image, of the image\n')
        printed(given, 'all for one, of the image\n')
      },
    },
    {
      claim: {
        en: 'an env file must reach the process, and a variable given by name must override it',
        de: 'eine Env-Datei erreicht den Prozess, und eine einzeln genannte Variable geht ihr vor',
      },
      say: {
        en: 'Several variables fit into a file, one a line. What stands on the command line still wins.',
        de: 'Mehrere Variablen passen in eine Datei, eine je Zeile. Was auf der Kommandozeile steht, gewinnt trotzdem.',
      },
      files: { 'lesson.env': '# a comment\nMOTTO=from the file\nPLACE=from the file\n' },
      run: [
        'docker run --rm --env-file lesson.env tour-motto',
        'docker run --rm --env-file lesson.env -e PLACE=Paris tour-motto',
      ],
      holds: ([file, named]) => {
        printed(file, 'from the file, from the file\n')
        printed(named, 'from the file, Paris\n')
      },
    },
  ],
}
