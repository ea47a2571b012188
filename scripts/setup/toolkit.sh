#!/bin/bash
# Runs `make _X` in the toolkit container, with the caller's terminal and signals: toolkit.sh X
#   toolkit.sh run COMMAND…   runs a command in the container: bootstrap.sh installs node_modules this way
set -euo pipefail
target=$1
# Where Make is killed, the kernel kills this process too, and that ends the run. Only Linux can.
TIED=(setpriv --pdeathsig KILL)
if [ "${DARTAGNAN_TIED:-}" != $PPID ]; then
  if "${TIED[@]}" true 2>/dev/null; then DARTAGNAN_TIED=$PPID exec "${TIED[@]}" bash "$0" "$@"; fi
  TIED=()
fi
: "${DARTAGNAN:=.}"
export DARTAGNAN_CALL=${DARTAGNAN_CALL:-$PPID}
# shellcheck source=scripts/setup/caller.sh
. "$DARTAGNAN/scripts/setup/caller.sh" "$target"

# Ends the client once the engine stops answering: it would wait for ever.
watch() { exec sh "$DARTAGNAN/scripts/setup/bootstrap.sh" watch $$ "$1"; }

# Whether the target reads standard input. Other targets must not: a CI server may have closed it, or send the rest of
# its script that way.
reads_input() {
  if [ "$target" = shell ] || [ "${REGISTRY_PASSWORD_FILE:-}" = - ]; then return 0; fi
  local file
  # A pipe of that name would be waited for without end.
  for file in .env .env.*; do
    if [ -f "$file" ] && grep -qs '^REGISTRY_PASSWORD_FILE=[^a-zA-Z0-9/]*-' "$file"; then return 0; fi
  done
  return 1
}

# Runs a command in the container until it ends, or standard input does. A line from there lets it run to its end.
# shellcheck disable=SC2016  # that shell expands it
UNTIL_INPUT_ENDS='exec 3<&0 </dev/null; { read -r line <&3 || kill -KILL -1; } & exec "$@" 3<&-'

# Without a terminal, a signal would end Compose and leave the container running. Compose therefore runs in a process
# group of its own, and the signal goes to the container instead.
#
# Standard input of the container is a pipe that ends when this process or Compose is killed, and with it the run. What the
# run leaves is for the next one (scripts/target/io/clear-dead.ts).
run_without_terminal() {
  local name=dartagnan-$target-$$ run watch folder status=0 one=
  # Where both streams go to one place, they are one inside too: of two, the engine loses the order.
  if [ /dev/fd/1 -ef /dev/fd/2 ]; then one='exec 2>&1; '; fi
  if reads_input; then
    set -m; "${TOOLKIT[@]}" --name "$name" --interactive "$TOOLKIT_IMAGE" sh -c "${one}exec \"\$@\"" sh "${MAKE_INSIDE[@]}" "_$target" <&0 & run=$!; set +m
  else
    exec </dev/null
    folder=$(mktemp -d); mkfifo "$folder/pipe"
    set -m; "${TOOLKIT[@]}" --name "$name" --interactive "$TOOLKIT_IMAGE" sh -c "$one$UNTIL_INPUT_ENDS" sh "${MAKE_INSIDE[@]}" "_$target" <"$folder/pipe" & run=$!; set +m
    exec 4>"$folder/pipe"; rm -r "$folder"
  fi
  # shellcheck disable=SC2064  # expands the name now
  trap "docker kill --signal INT $name >/dev/null 2>&1 4>&- &" INT TERM HUP
  # The line lets the run go on without its client.
  trap '{ echo continue >&4; } 2>/dev/null; kill -KILL $run' USR1
  watch USR1 >/dev/null </dev/null 4>&- & watch=$!
  wait $run || status=$?
  while kill -0 $run 2>/dev/null; do status=0; wait $run || status=$?; done
  kill $watch 2>/dev/null || :
  [ "$target" != ci ] || add_summary
  finish $status
}

# Ends as the run did. After Ctrl-C, Make ends by it too, and has nothing to say; it must have seen it before this process is gone.
finish() {
  if [ "$1" = 130 ] && grep -qsx 'g\?make' "/proc/$PPID/comm"; then kill -INT $PPID; sleep 0.1; exit 1; fi
  # Make would have a line of its own for any other status.
  case $1 in 0 | 130) exit "$1" ;; *) exit 1 ;; esac
}

# Adds the summary to the page that GitHub shows for a job: a file outside the checkout, which the toolkit cannot reach.
add_summary() {
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$OUT/reports/summary.md" ]; then cat "$OUT/reports/summary.md" >>"$GITHUB_STEP_SUMMARY" || :; fi
}

case $target in
  run) shift; exec "${TOOLKIT[@]}" "$TOOLKIT_IMAGE" "$@" </dev/null ;;
  setup) exec </dev/null; sh "$DARTAGNAN/scripts/setup/bootstrap.sh"; exec "${TOOLKIT[@]}" "$TOOLKIT_IMAGE" "${MAKE_INSIDE[@]}" _setup ;;
  upgrade) [ ! -e "$DARTAGNAN/.git" ] || git -C "$DARTAGNAN" fetch --quiet --tags origin ;;
  uninstall)
    sh "$DARTAGNAN/scripts/setup/bootstrap.sh" ready uninstall </dev/null
    terminal=(); if [ -t 0 ] && [ -t 1 ]; then terminal=(--interactive --tty); fi
    "${TOOLKIT[@]}" "${terminal[@]}" "$TOOLKIT_IMAGE" "${MAKE_INSIDE[@]}" _uninstall
    exec sh "$DARTAGNAN/scripts/setup/init.sh" remove
    ;;
  load)
    exec </dev/null
    if [ -n "${BUNDLE:-}" ]; then sh "$DARTAGNAN/scripts/setup/bootstrap.sh" ready load; else sh "$DARTAGNAN/scripts/setup/bootstrap.sh" load; fi
    exec "${TOOLKIT[@]}" "$TOOLKIT_IMAGE" "${MAKE_INSIDE[@]}" _load ;;
esac
sh "$DARTAGNAN/scripts/setup/bootstrap.sh" ready "$target" </dev/null
if [ -t 0 ] && [ -t 1 ]; then
  watch KILL &
  # The first line that the target writes takes the place of this one (scripts/cli/io/screen.ts).
  printf '⠋ make %s\r' "$target"
  # Of a command that is killed, bash would have a line of its own.
  { "${TIED[@]}" "${TOOLKIT[@]}" --interactive --tty "$TOOLKIT_IMAGE" "${MAKE_INSIDE[@]}" "_$target" 2>&3 3>&-; } 3>&2 2>/dev/null || status=$?
  finish "${status:-0}"
fi
run_without_terminal
