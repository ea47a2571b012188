#!/bin/sh
# Explains the given targets, or lists all; prints a completion script. It works before setup.
#   help.sh [TARGET…]
#   help.sh completion
set -eu
: "${DARTAGNAN:=.}"
if [ "${1:-}" = completion ]; then
  case "${FOR:-}" in
    bash | zsh | fish) exec cat "$DARTAGNAN/scripts/setup/completion/$FOR" ;;
    "") cat <<END
Add one line to your shell's startup file. The script holds every word, so completion starts no container:
  ~/.bashrc                    source "$(cd "$DARTAGNAN" && pwd)/scripts/setup/completion/bash"
  ~/.zshrc                     source "$(cd "$DARTAGNAN" && pwd)/scripts/setup/completion/zsh"
  ~/.config/fish/config.fish   source "$(cd "$DARTAGNAN" && pwd)/scripts/setup/completion/fish"
make completion FOR=bash prints the script itself.
END
      ;;
    *) printf '%s\n' "error: there is no completion for FOR=\"$FOR\"" "  next: make completion FOR=bash   (or zsh, fish)" >&2; exit 1 ;;
  esac
elif [ $# = 0 ]; then
  # A target that the project has itself is listed by its other name.
  awk -v hidden=" ${DARTAGNAN_HIDDEN:-} " -v theirs=" ${DARTAGNAN_THEIRS:-} " '
    BEGIN {FS = ":[^#]*## "}
    /^##@/ {printf "\n%s\n", substr($0, 5)}
    /^[a-z]+:.*## / && !index(hidden, " " $1 " ") {printf "  make %-11s %s\n", (index(theirs, " " $1 " ") ? "dartagnan-" : "") $1, $2}
  ' "$DARTAGNAN/dartagnan.mk"
else
  for target in "$@"; do awk -v t="@$target" '/^@/ {on = $0 == t; next} on' "$DARTAGNAN/scripts/setup/help.txt"; done
fi
