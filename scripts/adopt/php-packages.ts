import { posix } from 'node:path'

// How the packages of a program of PHP get into its image.

/** The image that installs them. */
export const COMPOSER = 'composer:2'

/** The stage of a Dockerfile that installs what the composer.json of each of these folders below `from` of the context names. */
export const composerStage = (from: string, folders: readonly string[]): string[] => [
  `FROM ${COMPOSER} AS ${STAGE}`,
  'WORKDIR /app',
  `COPY ${from} ./`,
  // The program runs on another PHP, with extensions of its own; scripts may need these.
  `RUN ${folders.map((one) => `${INSTALL}${one && ` -d ${one}`}`).join(' && ')}`,
  '',
]
const INSTALL = 'composer install --no-interaction --no-progress --no-scripts --ignore-platform-reqs'
const STAGE = 'composer-packages'

/** The lines of a Dockerfile that copy the program from there to `to`, with the packages that the stage has installed. */
export function composerLines(
  { from, to }: { from: string; to: string },
  manifest: string,
  folders: readonly string[],
) {
  const vendors = folders.map((one) => posix.join(one, 'vendor'))
  return ELSEWHERE.test(manifest)
    ? [`COPY --from=${STAGE} /app ${to}/`]
    : [`COPY ${from} ${to}/`, ...vendors.map((one) => `COPY --from=${STAGE} /app/${one} ${to}/${one}`)]
}
// These have Composer put parts of the program itself beside vendor: Drupal, WordPress, their modules.
const ELSEWHERE =
  /"(installer-paths|wordpress-install-dir|drupal-scaffold|[\w-]+\/(core-composer-scaffold|installers))"/

/** The line that gives an image the `.env` without which Symfony's runtime ends, also in the scripts of Composer; none where it has one, or reads none. */
export const dotenvLines = (manifest: string, files: readonly string[], to: string): string[] =>
  endsWithoutDotenv(manifest, files) && !files.includes('.env') ? [`RUN touch ${to}/.env`] : []
/** Whether what composer.json names ends without an `.env` beside it. */
export const endsWithoutDotenv = (manifest: string, files: readonly string[]): boolean =>
  RUNTIME.test(manifest) && !/"(disable_dotenv|dotenv_path)"/.test(manifest) && !files.includes('.env.dist')
const RUNTIME = /"symfony\/runtime"\s*:/
