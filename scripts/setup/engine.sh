# shellcheck shell=sh disable=SC2154  # bootstrap.sh sources this file, and defines the rest
# Installs the engine where it is missing, and starts it. Callers use ensure_engine alone.
LOG=/var/log/dartagnan-dockerd.log
APT=/etc/apt

# Prints the address of this host's Debian mirror. apt's settings name it; no file of the toolkit does.
# shellcheck disable=SC2016  # apt's own variables
debian_mirror() { apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' | awk -v r="$1" '$2==r {print $1; exit}'; }

# Debian 12 ships an engine from 2022 and an abandoned Compose. Trixie's need only libc 2.34: take them, at a
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
  configure_engine
  # Each package names its release: apt takes libraries from trixie only where these need them, and upgrades nothing.
  for package in $packages; do set -- "$@" "$package$from"; done
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" iptables curl ca-certificates
  hash -r
}

# Docker's own address pools end with 31 networks, and each project has two. With live-restore, containers outlive their engine: one
# that is killed would stop them when it starts again, and leave those with `restart: unless-stopped` stopped (Docker 26). An engine
# that somebody has configured keeps its settings.
configure_engine() {
  [ ! -e /etc/docker/daemon.json ] || return 0
  as_root install -d /etc/docker
  printf '{"live-restore": true, "default-address-pools": [{"base": "172.17.0.0/16", "size": 24}, {"base": "172.18.0.0/16", "size": 24}]}\n' |
    as_root tee /etc/docker/daemon.json >/dev/null
}

start_engine() {
  if [ -d /run/systemd/system ]; then
    say "starting the engine with systemd"
    as_root systemctl enable --now docker >&2
  else
    say "starting the engine without systemd (its log: $LOG)"
    # A new session and no inherited pipe: a daemon that keeps a pipe open hangs the process that started it.
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
