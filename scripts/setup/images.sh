# shellcheck shell=sh disable=SC2154  # bootstrap.sh sources this file, and defines the rest
# Builds the toolkit's image, on upstream's Node or on a stand-in. Callers use ensure_toolkit alone.

# True when the default registry answers at all: then setup reports a failed pull, and builds no stand-ins.
registry_answers() { has curl && curl -s -o /dev/null --max-time 10 "$(docker info --format '{{.IndexServerAddress}}')"; }
built() { docker image inspect --format . "$1" >/dev/null 2>&1; }
inputs() { cat "$@" | sha256sum | cut -c1-12; }

build_base() {
  set --
  BASE_IMAGE=dartagnan/base:trixie
  if built "$BASE_IMAGE"; then return; fi
  # shellcheck source=/dev/null
  . /etc/os-release
  [ "${ID:-}" = debian ] || fail "setup builds stand-ins on Debian only; this is ${PRETTY_NAME:-unknown}" \
    "docker pull $NODE_UPSTREAM   (give the engine access to a registry, then: make setup)"
  has mmdebstrap || {
    quietly as_root apt-get update -q
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends mmdebstrap
  }
  say "bootstrapping a Debian 13 root file system (about 20 s)"
  root=$(mktemp -d)
  # Builds on this image reach npm and others with this host's certificates, which may include a private authority.
  [ ! -s "$CA_BUNDLE" ] || set -- --customize-hook="upload $CA_BUNDLE /etc/ssl/certs/ca-certificates.crt"
  # As in upstream's slim images: no documentation, no apt caches, and no archive of a package that is installed later. dpkg
  # skips fsync, which saves time. The compressed package lists stay, so that no stand-in fetches them again.
  # shellcheck disable=SC2016  # mmdebstrap's own shell expands it
  quietly as_root mmdebstrap --quiet --variant=minbase --include=ca-certificates --skip=cleanup/apt/lists \
    --aptopt='Acquire::GzipIndexes "true"' --aptopt='Dir::Cache::pkgcache ""' --aptopt='Dir::Cache::srcpkgcache ""' \
    --customize-hook='echo "APT::Keep-Downloaded-Packages \"false\";" >"$1/etc/apt/apt.conf.d/keep-none"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' "$@" trixie "$root/base.tar" "$(debian_mirror "$VERSION_CODENAME")"
  quietly docker import --change 'LABEL org.dartagnan.stand-in=debian:trixie-slim org.dartagnan=image' "$root/base.tar" "$BASE_IMAGE"
  as_root rm -r "$root"
}

resolve_node() {
  NODE_UPSTREAM=$(sed -n 's/^FROM \(.*\) AS node$/\1/p' "$DARTAGNAN/compose/images/upstream.Dockerfile")
  pull=$(sed -n 's/^ *"node":.*"reference":"\([^"]*@[^"]*\)".*/\1/p' "$OUT/compose/images/lock.json" 2>/dev/null || true)
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
    NODE_IMAGE=dartagnan/node:$(inputs "$DARTAGNAN"/compose/images/node/*)
    built "$NODE_IMAGE" || build_node
  fi
}

build_node() {
  context=$(mktemp -d)
  cp "$DARTAGNAN"/compose/images/node/* "$context"
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

# The toolkit with its scripts and their packages: a project gets no node_modules, and needs no Node.
build_whole() {
  context=$(mktemp -d)
  for part in dartagnan.mk package.json package-lock.json vitest.config.ts compose scripts; do cp -R "$DARTAGNAN/$part" "$context"; done
  find "$context" \( -name '*.test.ts' ! -path '*/scripts/test/*' -o -name lock.json \) -delete
  build "$TOOLKIT_IMAGE" "$context" --file "$context/compose/images/toolkit-whole/Dockerfile" --build-arg "TOOLKIT_IMAGE=$TOOLKIT_BASE" \
    --secret "id=npmrc,src=$NPMRC" --secret "id=ca,src=$CA_BUNDLE"
  rm -r "$context"
}

ensure_toolkit() {
  if [ "$OUT" != . ]; then mkdir -p "$OUT/compose/images" && echo '*' >"$OUT/.gitignore"; fi

  if ! built "$TOOLKIT_BASE"; then
    resolve_node
    build "$TOOLKIT_BASE" "$DARTAGNAN/compose/images/toolkit" --build-arg "NODE_IMAGE=$NODE_IMAGE" --label "org.dartagnan.base=$NODE_IMAGE"
  fi
  built "$TOOLKIT_IMAGE" || build_whole
  docker volume inspect "$LEDGER" >/dev/null 2>&1 || docker volume create --label org.dartagnan=ledger "$LEDGER" >/dev/null
  if modules_current; then return; fi
  say "installing node_modules (npm ci)"
  quietly bash "$DARTAGNAN/scripts/setup/toolkit.sh" run sh -c 'npm ci --ignore-scripts --no-audit --no-fund --loglevel error && cp package-lock.json node_modules/.installed-lock.json'
}
