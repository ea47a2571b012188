# shellcheck shell=bash
# Finds the caller's surroundings for one target, and exports them for compose/toolkit.yaml: . caller.sh TARGET

: "${DARTAGNAN:=.}"
# Exports the path of a file or folder of the caller's, if the engine can see it. For a job in a container that may be
# the checkout alone (SHARED=checkout), as it is in the toolkit's own container.
own() {
  if [ -e "$2" ] && { [ -z "${SHARED:-}" ] || [ "${2#"$CHECKOUT"/}" != "$2" ]; }; then export "$1=$2"; else export "$1=/dev/null"; fi
}

# The project is this folder. Its repository may begin above it, and what the toolkit writes lies in one ignored folder.
PROJECT_FOLDER=$(pwd -P) INSIDE=. OUT=.
CHECKOUT=$PROJECT_FOLDER
if [ "$DARTAGNAN" != . ]; then
  INSIDE=/opt/dartagnan OUT=.dartagnan/out
  if [ ! -e .git ] && [ ! -f "$DARTAGNAN/.toolkit" ]; then CHECKOUT=$(git rev-parse --show-toplevel 2>/dev/null || pwd -P); fi
fi
DOCKER_SOCK=/var/run/docker.sock CA_BUNDLE=/dev/null GIT_FOLDER=
case "${DOCKER_HOST:-}" in unix://?*) DOCKER_SOCK=${DOCKER_HOST#unix://} ;; esac
for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  if [ -e "$file" ]; then CA_BUNDLE=$file; break; fi
done
# An unpacked bundle names the toolkit's image. A checkout's tag is a digest of its inputs, sorted alike in every locale.
# A project's has the toolkit inside it; this repository's own is mounted.
# shellcheck disable=SC2030  # only there is LC_ALL to be C
digest() { local sum; sum=$(LC_ALL=C; "$@" | sha256sum); echo "${sum:0:12}"; }
base_inputs() { cat "$DARTAGNAN"/compose/images/toolkit/* "$DARTAGNAN"/compose/images/node/*; }
all_inputs() { cd "$DARTAGNAN" && find dartagnan.mk package-lock.json compose scripts -type f ! -name lock.json -print0 | sort -z | xargs -0 cat; }
TOOLKIT_BASE=dartagnan/toolkit:$(digest base_inputs)
if [ -f "$DARTAGNAN/.toolkit" ]; then
  TOOLKIT_IMAGE=$(<"$DARTAGNAN/.toolkit")
elif [ "$DARTAGNAN" = . ]; then
  TOOLKIT_IMAGE=$TOOLKIT_BASE
else
  TOOLKIT_IMAGE=dartagnan/toolkit-whole:$(digest all_inputs)
fi
# shellcheck disable=SC2034  # toolkit.sh runs it
MAKE_INSIDE=(make -f "$INSIDE/dartagnan.mk")
DOCKER_GID=$(stat -Lc %g "$DOCKER_SOCK" 2>/dev/null || echo 0)
# A rootless engine maps its root to the caller.
case $DOCKER_SOCK in /run/user/*) CALLER=0:0 ;; *) CALLER=$EUID:${GROUPS[0]} ;; esac
CALLER_NAME=$(id -un 2>/dev/null || :)
# The language of the lesson. The container has no other locale than C, and is given none.
# shellcheck disable=SC2031  # the subshell above is to have its own
LANGUAGE=${LANGUAGE:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}
# The repository of a worktree or a submodule lies outside the checkout; every other one lies in it.
if [ -e "$CHECKOUT/.git" ] && [ ! -d "$CHECKOUT/.git" ]; then GIT_FOLDER=$(git rev-parse --path-format=absolute --git-common-dir || :); fi
export CHECKOUT PROJECT_FOLDER INSIDE DOCKER_SOCK CA_BUNDLE GIT_FOLDER TOOLKIT_BASE TOOLKIT_IMAGE OUT DOCKER_GID CALLER CALLER_NAME LANGUAGE

# Only targets that reach other hosts get the caller's keys. Those that build or run an application's code get none.
seen=
while read -r name what _; do
  if [ "$name" = "$1" ]; then seen=$what; break; fi
done <"$DARTAGNAN/scripts/setup/targets.txt"
export SSH_FOLDER=/dev/null SSH_AGENT=/dev/null DOCKER_CONTEXTS=/dev/null DOCKER_LOGINS=/dev/null
config=${DOCKER_CONFIG:-${HOME:-}/.docker}
case ,$seen, in
  *,keys,*) own SSH_FOLDER "${HOME:-}/.ssh"; own SSH_AGENT "${SSH_AUTH_SOCK:-}"; own DOCKER_CONTEXTS "$config/contexts" ;;
esac
# The caller's logins to registries (`docker login`), and npm's settings, which name the registry of its packages.
case ,$seen, in *,logins,*) own DOCKER_LOGINS "$config/config.json" ;; esac
own NPMRC "${NPM_CONFIG_USERCONFIG:-${HOME:-}/.npmrc}"
# The author of commits: the container sees only the checkout's git settings.
if [ "$1" = release ]; then
  export GIT_AUTHOR_NAME="${GIT_AUTHOR_NAME:-$(git config user.name 2>/dev/null || :)}"
  export GIT_AUTHOR_EMAIL="${GIT_AUTHOR_EMAIL:-$(git config user.email 2>/dev/null || :)}"
fi

# Replaces each ${NAME}, ${NAME:?} and ${NAME:-default} of a value, as Compose would. What comes in their place is no code.
filled() {
  local rest=$1 name value
  FILLED=
  while [[ $rest =~ ^([^$]*)\$\{([A-Z_]+)(:[?-]([^}]*))?\}(.*)$ ]]; do
    name=${BASH_REMATCH[2]} value=${BASH_REMATCH[4]}
    FILLED+=${BASH_REMATCH[1]}${!name:-$value} rest=${BASH_REMATCH[5]}
  done
  FILLED+=$rest
}
# A field of --mount: commas and quotes are parts of a path.
field() { filled "$2"; MOUNT+=",\"$1=${FILLED//\"/\"\"}\""; }
# `"${TOOLKIT[@]}" [OPTION…] "$TOOLKIT_IMAGE" COMMAND…` runs a command in the toolkit's container. `docker run` takes a third
# of the work of `docker compose run`. So the container's variables and mounts are read from its Compose file, and the rest
# of that file stands here once more: a test compares them.
TOOLKIT=(docker run --rm --init --pull never --network host --memory 8g --pids-limit 4096 --user "$CALLER" --group-add "$DOCKER_GID"
  --workdir "$PROJECT_FOLDER" --label "org.dartagnan.test=${DARTAGNAN_CHECK:-}" --label com.docker.compose.project=dartagnan
  --label com.docker.compose.service=toolkit --label com.docker.compose.oneoff=True
  --mount 'type=volume,source=dartagnan_ledger,target=/ledger,volume-label=org.dartagnan=ledger')
while IFS= read -r line; do
  if [[ $line =~ ^\ +-\ \'?([A-Z_]+)\'?$ ]]; then
    TOOLKIT+=(--env "${BASH_REMATCH[1]}")
  elif [[ $line =~ ^\ +-\ ([A-Z_]+=)(.*)$ ]]; then
    name=${BASH_REMATCH[1]}
    filled "${BASH_REMATCH[2]}"
    TOOLKIT+=(--env "$name$FILLED")
  elif [[ $line =~ ^\ +-\ \{type:\ bind,\ source:\ \"([^\"]+)\",\ target:\ \"?([^,\"\ ]+)\"?(, read_only: true)?\}$ ]]; then
    MOUNT=type=bind only=${BASH_REMATCH[3]:+,readonly} into=${BASH_REMATCH[2]}
    field source "${BASH_REMATCH[1]}"
    field target "$into"
    TOOLKIT+=(--mount "$MOUNT$only")
  fi
done <"$DARTAGNAN/compose/toolkit.yaml"
