import { FORCE_WORDS } from '../config/options.ts'
import { settingNames } from '../config/settings.ts'
import { targets } from '../config/targets.ts'
import { optionsOf } from './help.ts'

// A completion script holds every word itself, so that a key press starts no container. It completes only in a
// folder with this toolkit's list of targets; in every other folder the shell's own completion of make still works.

export type ShellName = 'bash' | 'zsh' | 'fish'
const MARK = 'scripts/setup/targets.txt'
const names = targets.map(([name]) => name).join(' ')
const options = [...new Set([...targets.flatMap(([, entry]) => optionsOf(entry)), ...settingNames])]
const assignments = options.map((name) => `${name}=`).join(' ')
const words = Object.keys(FORCE_WORDS).join(' ')

/** The completion script of a shell. */
export const renderCompletion = (shell: ShellName): string => scripts[shell]()

const scripts: { readonly [Shell in ShellName]: () => string } = {
  bash: () => `# shellcheck shell=bash
# make completion FOR=bash
_dartagnan_make() {
  local line=\${COMP_LINE:0:COMP_POINT} word list
  if [ ! -f ${MARK} ] && [ ! -f .dartagnan/${MARK} ]; then
    [ "$(type -t _make)" = function ] || { declare -F _completion_loader >/dev/null && _completion_loader make; }
    complete -F _dartagnan_make -o nospace make
    COMPREPLY=()
    if [ "$(type -t _make)" = function ]; then _make "$@"; else compopt -o default; fi
    return
  fi
  word=\${line##*[[:space:]]}
  case $word in
    FORCE=*) word=\${word#FORCE=}; list=\${word%"\${word##*,}"}; list="$(printf "$list%s " ${words})" ;;
    FOR=*) word=\${word#FOR=}; list="bash zsh fish" ;;
    *=*) COMPREPLY=(); compopt -o default; return ;;
    *) list="${names} ${assignments}" ;;
  esac
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$list" -- "$word"))
  case \${COMPREPLY[0]-} in *=) ;; *) compopt +o nospace ;; esac
}
complete -F _dartagnan_make -o nospace make
`,
  zsh: () => `# make completion FOR=zsh
(( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
_dartagnan_make() {
  if [[ ! -f ${MARK} ]]; then
    (( \${+functions[_make]} )) || autoload -Uz _make
    _make "$@"
    return
  fi
  local -a targets options
  targets=(${targets.map(([name, { line }]) => `'${`${name}:${line}`.replaceAll("'", "'\\''")}'`).join(' ')})
  options=(${options.join(' ')})
  if compset -P 'FORCE='; then
    compset -P '*,'
    compadd -q -S '' -- ${words}
  elif compset -P 'FOR='; then
    compadd -- bash zsh fish
  elif compset -P '*='; then
    _files
  else
    _describe -t targets target targets
    compadd -S '=' -- $options
  fi
}
compdef _dartagnan_make make
`,
  fish: () => `# make completion FOR=fish
function __dartagnan_here
    test -f ${MARK}
end
${targets.map(([name, { line }]) => `complete -c make -f -n __dartagnan_here -a ${name} -d '${line.replaceAll("'", "\\'")}'`).join('\n')}
complete -c make -f -n __dartagnan_here -a '${assignments}' -d option
complete -c make -f -n __dartagnan_here -a 'FORCE={${words.replaceAll(' ', ',')}}' -d 'what to force'
complete -c make -f -n __dartagnan_here -a 'FOR={bash,zsh,fish}' -d shell
`,
}
