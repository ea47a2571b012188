#!/bin/sh
# Brings a bare host to the point where the toolkit container can run.
#   bootstrap.sh          installs and starts what is missing: engine, toolkit image, ledger, node_modules
#   bootstrap.sh load     checks the bundle that this folder was unpacked from, and loads its images
#   bootstrap.sh watch P S  sends the process P the signal S once the engine stops answering
#   bootstrap.sh ready X  fails with what `make X` still lacks; prints nothing where nothing is missing
# Environment: DARTAGNAN (the folder of the toolkit), OUT, DOCKER_SOCK, TOOLKIT_BASE, TOOLKIT_IMAGE, NPMRC and CA_BUNDLE, exported by
# caller.sh.
set -eu
# Names sort alike in every locale, so that an image has one tag.
export LC_ALL=C
: "${DARTAGNAN:=.}" "${OUT:=.}"
LEDGER=dartagnan_ledger

say() { printf '%s\n' "setup: $*" >&2; }
fail() { printf '%s\n' "error: $1" "  next: $2" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
# Limits the time of a command: a client waits for ever for an engine that accepts connections but never answers.
limited() { if has timeout; then timeout "$@"; else shift; "$@"; fi; }
silent() { fail "the Docker engine at ${DOCKER_HOST:-the default socket} accepts connections but does not answer" \
  "sudo systemctl restart docker   (then: make status, which says how the last run ended)"; }
ask() {
  answer=0
  limited 30 "$@" >/dev/null 2>&1 || answer=$?
  [ $answer != 124 ] || silent
  return $answer
}
# Whether the toolkit's image and ledger are there. curl, where it is, takes half of the time of a docker command.
are_there() {
  if [ -z "${DOCKER_HOST:-}${DOCKER_CONTEXT:-}" ] && has curl; then
    answer=0
    curl --silent --fail --fail-early --max-time 30 --unix-socket "$DOCKER_SOCK" --output /dev/null "http://engine/images/$TOOLKIT_IMAGE/json" \
      --output /dev/null "http://engine/volumes/$LEDGER" 2>/dev/null || answer=$?
    [ $answer != 28 ] || silent
    [ $answer != 0 ] || return 0
  fi
  ask docker inspect --format . "$TOOLKIT_IMAGE" "$LEDGER"
}
engine_up() { ask docker version; }
# The images for bundles and for projects hold their packages.
modules_current() { [ "$TOOLKIT_IMAGE" != "$TOOLKIT_BASE" ] || cmp -s package-lock.json node_modules/.installed-lock.json; }
# Says on a terminal, while this script lives, that something goes on.
tick() {
  seconds=0
  while [ -t 2 ] && sleep 1 && kill -0 $$ 2>/dev/null; do
    seconds=$((seconds + 1))
    printf '\r  %s s' $seconds >&2
  done
}
# Runs a command, and shows its output only where it fails.
quietly() {
  tick &
  ticker=$! status=0
  log=$("$@" 2>&1) || status=$?
  kill $ticker 2>/dev/null || :
  wait $ticker 2>/dev/null || :
  [ ! -t 2 ] || printf '\r\033[K' >&2
  [ $status = 0 ] || { printf '%s\n' "$log" >&2; fail "this command failed: $*" "make setup"; }
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# A full disk breaks builds and writes. Targets that free space, or only look, still run.
require_disk() {
  case $1 in clean | prune | down | status | logs | doctor) return ;; esac
  df -Pk . /var/lib/docker 2>/dev/null | awk 'NR > 1 && $4 < 204800 {print $6; exit}' | while read -r full; do
    fail "less than 200 MB is free on the disk of $full" "make clean   (docker system df shows what uses the space)"
  done
}

ready() {
  case "${DOCKER_HOST:-}" in
    ssh://*) fail "DOCKER_HOST=$DOCKER_HOST is the engine of another host" "env -u DOCKER_HOST make $1 ENGINE=$DOCKER_HOST" ;;
    tcp://*) fail "DOCKER_HOST=$DOCKER_HOST is the engine of another host" "docker context create remote --docker host=$DOCKER_HOST,ca=…,cert=…,key=… && env -u DOCKER_HOST make $1 ENGINE=remote" ;;
  esac
  require_disk "$1"
  if are_there && modules_current; then return; fi
  has docker || fail "make $1 needs Docker, and no docker command is on the PATH" "make setup"
  problem=$(docker version 2>&1 >/dev/null) || case $problem in
    *"permission denied"*) fail "$(id -un) may not use the Docker engine" "sudo usermod -aG docker $(id -un)   (then log in again)" ;;
    *) fail "no Docker engine answers at ${DOCKER_HOST:-the default socket}" "make setup" ;;
  esac
  if [ -f "$DARTAGNAN/.toolkit" ]; then fail "the images of this bundle are not on the engine" "make load"; fi
  fail "the toolkit of this checkout is not set up, or its inputs have changed" "make setup"
}

# Ends the process $1, which shows a run on the engine, by the signal $2 once the engine stops answering. The run continues
# when the engine does.
watch() {
  silences=0
  # Only two silences in a row count: one also follows a pause of this process or host.
  while [ $silences -lt 2 ]; do
    sleep 5 2>/dev/null
    kill -0 "$1" 2>/dev/null || return 0
    answer=0
    limited 5 docker version >/dev/null 2>&1 || answer=$?
    if [ $answer = 124 ]; then
      # What is on the screen comes through the engine, and stands still. The terminal may be in raw mode.
      printf '\r! the Docker engine does not answer: waiting for it\r\n' >&2
      answer=0
      limited 15 docker version >/dev/null 2>&1 || answer=$?
    fi
    if [ $answer = 124 ]; then silences=$((silences + 1)); else silences=0; fi
  done
  # The client, which is killed, cannot restore the terminal's settings, nor leave the screen of WATCH=1.
  if [ -t 2 ]; then
    stty sane </dev/tty
    [ -z "${WATCH:-}" ] || printf '\033[?25h\033[?1049l' >&2
  fi
  (silent) || :
  # What shows the run is killed, and its parent ends as it does: of a parent that is killed, Make would have a line of its own.
  ends=$1
  if [ "$2" = KILL ]; then ends=$(cat "/proc/$1/task/$1/children" 2>/dev/null) || ends=$1; fi
  for process in $ends; do [ "$process" = $$ ] || kill -"$2" "$process"; done
}

# With VERIFY_KEY_FILE, refuses checksums that this key has not signed. A tool of this host verifies: the toolkit's image
# comes out of the bundle. cosign's signature of a file is ECDSA over SHA-256, in base64.
require_signed() {
  key=${VERIFY_KEY_FILE-$([ ! -f .env ] || sed -n 's/^VERIFY_KEY_FILE=//p' .env | tail -n 1)}
  if [ -z "$key" ]; then return; fi
  has openssl || fail "VERIFY_KEY_FILE is set, and no openssl is on the PATH to verify the bundle" "sudo apt-get install openssl   (then: make load)"
  signature=$(mktemp)
  verified=0
  openssl base64 -d -A -in SHA256SUMS.sig -out "$signature" 2>/dev/null &&
    openssl dgst -sha256 -verify "$key" -signature "$signature" SHA256SUMS >/dev/null 2>&1 || verified=1
  rm -f "$signature"
  [ $verified = 0 ] || fail "$key has not signed this bundle" "make bundle with SIGNING_KEY_FILE, where it was built; or unset VERIFY_KEY_FILE"
}

# Checks every file of the bundle that was unpacked here, and only then loads its images.
load() {
  [ -f "$DARTAGNAN/.toolkit" ] || fail "this folder is not a bundle" "make load BUNDLE=…   (a file that make bundle wrote)"
  if ! has docker || ! engine_up; then fail "no Docker engine answers" "sudo systemctl start docker"; fi
  require_signed
  damage=$(sha256sum --check --quiet --strict SHA256SUMS 2>&1) || fail "the bundle is damaged: $(printf '%s' "$damage" | head -n 1)" "copy it again, then: make load"
  say "loading the bundle's images into the engine"
  quietly docker load --input images.tar.gz
  docker volume inspect $LEDGER >/dev/null 2>&1 || docker volume create --label org.dartagnan=ledger $LEDGER >/dev/null
}

case "${1:-}" in
  load) load ;;
  ready) ready "$2" ;;
  watch) watch "$2" "$3" ;;
  "")
    # shellcheck source=scripts/setup/engine.sh
    . "$DARTAGNAN/scripts/setup/engine.sh"
    # shellcheck source=scripts/setup/images.sh
    . "$DARTAGNAN/scripts/setup/images.sh"
    require_disk setup
    ensure_engine
    [ ! -f "$DARTAGNAN/.toolkit" ] || fail "this folder is a bundle and needs no setup" "make load deploy"
    ensure_toolkit
    ;;
  *) fail "bootstrap.sh takes no argument, or load, ready TARGET or watch PROCESS SIGNAL; got '$1'" "make setup" ;;
esac
