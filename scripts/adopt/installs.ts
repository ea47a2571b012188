import { posix } from 'node:path'
import type { Sources } from './guess.ts'

// What installs the packages of a program in its image, or when that starts.

export const VENDOR = 'vendor/autoload.php'
/** Each list, with the packages of it that git keeps, where it does. Beside the first ones, package.json is mostly for the build alone. */
export const LISTS_OF: Readonly<Record<string, RegExp>> = {
  'composer.json': /^vendor\/autoload\.php$/,
  [VENDOR]: /(^|\/)vendor\/autoload\.php$/,
  Gemfile: /^vendor\/bundle\/./,
  'requirements.txt': /^\.?venv\/./,
  'pyproject.toml': /^\.?venv\/./,
  'package.json': /^node_modules\/\w/,
}
/** The tools of these fetch what they need. */
export const FETCHED = ['go.mod', 'Cargo.toml', 'pom.xml', 'build.gradle']
/** Without a name, these install what a list says: none is there before something is copied. */
export const BY_LIST = /^\s*(npm|pnpm|yarn)(\s+(i|ci|install))?(\s+-\S+)*\s*$/

/** Whether a line of a shell may install packages of the program: a script does it where its text says so, or nobody has that. */
export const installs = (line: string, sources: Sources): boolean => installsBy(line) || byScript(line, sources)
/** Whether a command may do so before the program starts. */
export const starts = (command: string, sources: Sources): boolean => STARTS.test(command) || byScript(command, sources)

// That an image gets a tool installs nothing, nor do its settings, nor its name: `\npm` is a line of a text, and `.npm` a folder.
const installsBy = (text: string) =>
  OF_SYSTEM.test(text) || INSTALLS.test(text.replaceAll(TOOLS, '').replaceAll(SYSTEM, ''))
const TOOLS =
  /\bcorepack\s+(enable|prepare)\b[^;&|\n]*|\b(bundle|pip3?|poetry|npm|pnpm|bun|yarn)\s+(config|cache|set|--version|-v)\b[^;&|\n]*|\b(npm|pnpm|bun|yarn)\b[^;&|\n]*\s(-g|--global|global)\b[^;&|\n]*/g
const SYSTEM = /\b(apt|apt-get|aptitude|apk|dnf|microdnf|yum)\s(\\\n|[^;&|\n])*/g
const OF_SYSTEM = /\b(apt|apt-get|apk|dnf|yum)\b[^;&|]*\s(python3?|py3|ruby|node|lib[\w-]+-perl)-\w/
const INSTALLS =
  /\bcomposer(\.phar)?\s+(?!global\b|config\b)([^;&|\n]*\s)?(install|update|require|create-project|i)\b|(?<![\\.])\b(bundle|pip\S*|uv|poetry|pdm|hatch|npm|pnpm|bun|yarn)\b|(^|[;&|])\s*make\s/
const STARTS = /\b(ci|i|install|update|sync|create-project)\b|\byarn\s*($|[;&|])|\buv\b/

// One of that name is most likely the one, wherever it was copied to; what comes from elsewhere knows no list of the program.
function byScript(line: string, sources: Sources): boolean {
  const names = [...line.replaceAll(CHANGES, '').matchAll(/(?<!:\/\/\S*)[\w.-]+\.sh\b/g)].map(([name]) => name)
  return names.some((name) => {
    const texts = Object.keys(sources).flatMap((file) => (posix.basename(file) === name ? (sources[file] ?? '') : []))
    return texts.length === 0 || texts.some((text) => installsBy(text) || NESTED.test(text))
  })
}
// These change a file, and do not run it.
const CHANGES = /\b(chmod|chown|dos2unix|sed)\s[^;&|\n]*/g
// Nobody reads the scripts of a script.
const NESTED = /\.sh\b|\bphp\S*\s+\S*composer/
