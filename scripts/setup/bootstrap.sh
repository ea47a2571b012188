#!/bin/sh
# Brings a bare host to the point where the toolkit container can run.
#   bootstrap.sh          installs and starts what is missing: engine, toolkit image, ledger, node_modules
#   bootstrap.sh load     checks the bundle that this folder was unpacked from, and loads its images
#   bootstrap.sh watch P  ends the process P once the engine does not answer
#   bootstrap.sh ready X  says in one line what `make X` still lacks; silent when nothing
# Environment: TOOLKIT_IMAGE, NPMRC and CA_BUNDLE, exported by toolkit.sh.
set -eu
# One order of names, and so one tag of an image, for every locale.
export LC_ALL=C
LEDGER=dartagnan_ledger
LOG=/var/log/dartagnan-dockerd.log
APT=/etc/apt

say() { printf '%s\n' "setup: $*" >&2; }
fail() { printf '%s\n' "error: $1" "  next: $2" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
# Asks the engine: a client would wait without end for one that takes connections and answers nothing.
limited() { if has timeout; then timeout "$@"; else shift; "$@"; fi; }
silent() { fail "the Docker engine at ${DOCKER_HOST:-the default socket} takes connections, and does not answer" \
  "sudo systemctl restart docker   (then: make status, which says what came of what was begun)"; }
ask() {
  answer=0
  limited 30 "$@" >/dev/null 2>&1 || answer=$?
  [ $answer != 124 ] || silent
  return $answer
}
engine_up() { ask docker version; }
# A bundle's toolkit brings its packages along.
modules_current() { [ -f .toolkit ] || cmp -s package-lock.json node_modules/.installed-lock.json; }
# Runs a command whose output only a failure shows.
quietly() { log=$("$@" 2>&1) || { printf '%s\n' "$log" >&2; fail "this command failed: $*" "make setup"; }; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Without room nothing can be built or written; what makes room, or only looks, still runs.
require_disk() {
  case $1 in clean | prune | down | status | logs | doctor) return ;; esac
  df -Pk . /var/lib/docker 2>/dev/null | awk 'NR > 1 && $4 < 204800 {print $6; exit}' | while read -r full; do
    fail "less than 200 MB are free on the disk of $full" "make clean   (docker system df shows what takes the room)"
  done
}

ready() {
  case "${DOCKER_HOST:-}" in
    ssh://*) fail "DOCKER_HOST=$DOCKER_HOST is the engine of another host" "env -u DOCKER_HOST make $1 ENGINE=$DOCKER_HOST" ;;
    tcp://*) fail "DOCKER_HOST=$DOCKER_HOST is the engine of another host" "docker context create there --docker host=$DOCKER_HOST,ca=…,cert=…,key=… && env -u DOCKER_HOST make $1 ENGINE=there" ;;
  esac
  require_disk "$1"
  if ask docker inspect --format . "$TOOLKIT_IMAGE" "$LEDGER" && modules_current; then return; fi
  has docker || fail "make $1 needs Docker, and no docker command is on the PATH" "make setup"
  problem=$(docker version 2>&1 >/dev/null) || case $problem in
    *"permission denied"*) fail "$(id -un) may not use the Docker engine" "sudo usermod -aG docker $(id -un)   (then log in again)" ;;
    *) fail "no Docker engine answers at ${DOCKER_HOST:-the default socket}" "make setup" ;;
  esac
  if [ -f .toolkit ]; then fail "the images of this bundle are not on the engine" "make load"; fi
  fail "the toolkit of this checkout is not set up, or its inputs have changed" "make setup"
}

# Ends the process $1, which shows a run on the engine, once that does not answer. The run itself goes on when the engine does.
watch() {
  silences=0
  # Twice in a row: whoever was stopped meanwhile has waited for nothing.
  while [ $silences -lt 2 ]; do
    sleep 10 2>/dev/null
    kill -0 "$1" 2>/dev/null || return 0
    answer=0
    limited 15 docker version >/dev/null 2>&1 || answer=$?
    if [ $answer = 124 ]; then silences=$((silences + 1)); else silences=0; fi
  done
  (silent) || kill -KILL "$1"
  # What shows a terminal has set it up for itself.
  [ ! -t 2 ] || stty sane </dev/tty
}

# --- engine ---------------------------------------------------------------------------------------------------

# The address of this host's own Debian mirror: never written down, only read.
# shellcheck disable=SC2016  # apt's own variables
debian_mirror() { apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk -v r="$1" '$2==r {print $1; exit}'; }

# Debian 12 ships an engine from 2022 and a dead Compose: take trixie's (they need only libc 2.34), at a
# priority that changes nothing else on the host.
add_trixie_source() {
  mirror=$(debian_mirror "$VERSION_CODENAME")
  [ -n "$mirror" ] || fail "apt names no mirror for $VERSION_CODENAME" "apt-get update && make setup"
  printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n' "$mirror" |
    as_root tee $APT/sources.list.d/dartagnan-trixie.sources >/dev/null
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' | as_root tee $APT/preferences.d/dartagnan-trixie >/dev/null
}

install_engine() {
  # shellcheck source=/dev/null
  . /etc/os-release
  packages="docker.io docker-cli docker-compose docker-buildx" from=
  case "${ID:-}:${VERSION_CODENAME:-}" in
    debian:bookworm) from=/trixie ;;
    debian:*) ;;
    ubuntu:*) packages="docker.io docker-compose-v2 docker-buildx" ;;
    fedora:*) fail "setup installs packages on Debian and Ubuntu only; this is ${PRETTY_NAME:-unknown}" \
      "sudo dnf install -y moby-engine docker-cli docker-compose docker-buildx && sudo systemctl enable --now docker && make setup" ;;
    *) fail "setup installs packages on Debian and Ubuntu only; this is ${PRETTY_NAME:-unknown}" \
      "install Docker Engine 24 or newer with its Compose and Buildx plugins, then: make setup" ;;
  esac
  [ "$(id -u)" = 0 ] || has sudo || fail "installing packages needs root" "su -c 'apt-get install -y $packages' && make setup"
  say "installing from the distribution's packages: $packages"
  quietly as_root apt-get update -q
  if [ -n "$from" ]; then add_trixie_source; quietly as_root apt-get update -q; fi
  # Each by its release, so that libraries come from trixie only where these need them: nothing is upgraded.
  for package in $packages; do set -- "$@" "$package$from"; done
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" iptables curl ca-certificates
  hash -r
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    say "starting the engine with systemd"
    as_root systemctl enable --now docker >&2
  else
    say "starting the engine without systemd (its log: $LOG)"
    # A new session and no inherited pipe: a daemon that keeps one open hangs whoever started it.
    as_root sh -c "setsid dockerd >>$LOG 2>&1 </dev/null &"
  fi
  tries=0
  until as_root docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -lt 120 ] || fail "the engine did not answer within a minute" "tail -n 30 $LOG   (or: journalctl -u docker)"
    sleep 0.5
  done
}

ensure_engine() {
  if has docker && docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then
    if engine_up; then return; fi
    case "${DOCKER_HOST:-}" in
      "" | unix:///var/run/docker.sock) ;;
      *) fail "no engine answers at DOCKER_HOST=$DOCKER_HOST" "unset DOCKER_HOST, or start that engine, then: make setup" ;;
    esac
    if [ "$(uname -s)" != Linux ]; then fail "no Docker engine is running" "start Docker Desktop, then: make setup"; fi
    has dockerd || install_engine
  elif [ "$(uname -s)" != Linux ]; then
    fail "setup installs an engine on Linux only; this is $(uname -s)" "brew install --cask docker && open -a Docker && make setup"
  else
    install_engine
  fi
  engine_up || start_engine
  engine_up || fail "$(id -un) may not use the Docker engine" "sudo usermod -aG docker $(id -un)   (then log in again, then: make setup)"
}

# --- images ---------------------------------------------------------------------------------------------------

# True when the default registry answers at all: then a failed pull is an error to show, not a reason for stand-ins.
registry_answers() { has curl && curl -s -o /dev/null --max-time 10 "$(docker info --format '{{.IndexServerAddress}}')"; }
built() { docker image inspect --format . "$1" >/dev/null 2>&1; }
inputs() { cat "$@" | sha256sum | cut -c1-12; }

build_base() {
  set --
  BASE_IMAGE=dartagnan/base:trixie
  if built "$BASE_IMAGE"; then return; fi
  # shellcheck source=/dev/null
  . /etc/os-release
  [ "${ID:-}" = debian ] || fail "stand-ins are built from Debian's packages, and this is ${PRETTY_NAME:-unknown}" \
    "docker pull $NODE_UPSTREAM   (let the engine reach a registry, then: make setup)"
  has mmdebstrap || {
    quietly as_root apt-get update -q
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends mmdebstrap
  }
  say "bootstrapping a Debian 13 root file system (about 20 s)"
  root=$(mktemp -d)
  # Who builds on it reaches npm and the like as this host does, by way of an authority that may be its own.
  [ ! -s "$CA_BUNDLE" ] || set -- --customize-hook="upload $CA_BUNDLE /etc/ssl/certs/ca-certificates.crt"
  # As upstream's slim images: no documentation, no caches of apt, no fsync for each file of a package. The package
  # lists stay, compressed: every stand-in is spared fetching them.
  quietly as_root mmdebstrap --quiet --variant=minbase --include=ca-certificates --skip=cleanup/apt/lists \
    --aptopt='Acquire::GzipIndexes "true"' --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""' \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$@" trixie "$root/base.tar" "$(debian_mirror "$VERSION_CODENAME")"
  quietly docker import --change 'LABEL org.dartagnan.stand-in=debian:trixie-slim org.dartagnan=image' "$root/base.tar" "$BASE_IMAGE"
  as_root rm -r "$root"
}

resolve_node() {
  NODE_UPSTREAM=$(sed -n 's/^FROM \(.*\) AS node$/\1/p' compose/images/upstream.Dockerfile)
  pull=$(sed -n 's/^ *"node":.*"reference":"\([^"]*@[^"]*\)".*/\1/p' compose/images/lock.json 2>/dev/null || true)
  NODE_IMAGE=$pull
  if [ -n "$pull" ] && built "$pull"; then return; fi
  pull=${pull:-$NODE_UPSTREAM}
  say "pulling $pull"
  if problem=$(docker pull --quiet "$pull" 2>&1 >/dev/null); then
    NODE_IMAGE=$(docker image inspect --format '{{index .RepoDigests 0}}' "$pull")
  elif registry_answers; then
    fail "cannot pull $pull: $problem" "docker pull $pull"
  else
    say "NO IMAGE REGISTRY ANSWERS: building STAND-INS for the upstream images from Debian's packages"
    build_base
    NODE_IMAGE=dartagnan/node:$(inputs compose/images/node/*)
    built "$NODE_IMAGE" || build_node
  fi
}

build_node() {
  context=$(mktemp -d)
  cp compose/images/node/* "$context"
  if has npm; then (cd "$context" && quietly npm ci --ignore-scripts --no-audit --no-fund); fi
  build "$NODE_IMAGE" "$context" --build-arg "BASE_IMAGE=$BASE_IMAGE" --label "org.dartagnan.stand-in=$NODE_UPSTREAM" \
    --secret "id=npmrc,src=$NPMRC" --secret "id=ca,src=$CA_BUNDLE"
  rm -r "$context"
}

build() { # image, context, options
  image=$1 context=$2 && shift 2
  say "building $image"
  quietly docker buildx build --load --progress plain --label org.dartagnan=image --tag "$image" "$@" "$context"
}

ensure_toolkit() {
  if ! built "$TOOLKIT_IMAGE"; then
    resolve_node
    build "$TOOLKIT_IMAGE" compose/images/toolkit --build-arg "NODE_IMAGE=$NODE_IMAGE" --label "org.dartagnan.base=$NODE_IMAGE"
  fi
  docker volume inspect $LEDGER >/dev/null 2>&1 || docker volume create --label org.dartagnan=ledger $LEDGER >/dev/null
  if modules_current; then return; fi
  say "installing node_modules (npm ci)"
  bash scripts/setup/toolkit.sh run sh -c 'npm ci --ignore-scripts --no-audit --no-fund --loglevel error && cp package-lock.json node_modules/.installed-lock.json' >&2
}

# Everything of a bundle that is unpacked here, checked before any of it is used.
load() {
  [ -f .toolkit ] || fail "this folder is not a bundle" "make load BUNDLE=…   (a file that make bundle has made)"
  if ! has docker || ! engine_up; then fail "no Docker engine answers" "sudo systemctl start docker"; fi
  damage=$(sha256sum --check --quiet --strict SHA256SUMS 2>&1) || fail "the bundle is damaged: $(printf '%s' "$damage" | head -n 1)" "copy it again, then: make load"
  say "giving the bundle's images to the engine"
  quietly docker load --input images.tar.gz
  docker volume inspect $LEDGER >/dev/null 2>&1 || docker volume create --label org.dartagnan=ledger $LEDGER >/dev/null
}

case "${1:-}" in
  load) load ;;
  ready) ready "$2" ;;
  watch) watch "$2" ;;
  "") require_disk setup; ensure_engine; [ ! -f .toolkit ] || fail "this folder is a bundle: all that it needs is in it" "make load deploy"; ensure_toolkit ;;
  *) fail "bootstrap.sh takes nothing, or: load, ready TARGET, watch PROCESS; got '$1'" "make setup" ;;
esac
