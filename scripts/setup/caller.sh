# shellcheck shell=bash
# What the Makefile asks a shell, all in one, since each costs milliseconds: prints NAME=value for each, with %20 for a space.
# Argument: the engine's socket.
say() { local value=${2//\%/%25}; printf '%s=%s ' "$1" "${value// /%20}"; }
# What is the caller's own, where the engine sees it: of a job in a container that may be the checkout alone (SHARED=checkout;
# in the toolkit's own container it is so).
own() {
  if [ -e "$2" ] && { [ -z "${SHARED:-}" ] || [ "${2#"$PWD"/}" != "$2" ]; }; then say "$1" "$2"; else say "$1" /dev/null; fi
}

# A folder that a bundle was unpacked into names the toolkit's image; a checkout's is of its inputs, in one order of names.
if [ -f .toolkit ]; then
  say TOOLKIT_IMAGE "$(cat .toolkit)"
else
  inputs=$(LC_ALL=C; cat compose/images/toolkit/* compose/images/node/* | sha256sum)
  say TOOLKIT_IMAGE "dartagnan/toolkit:${inputs:0:12}"
fi
say DOCKER_GID "$(stat -Lc %g "$1" 2>/dev/null || echo 0)"
# A rootless engine maps its root to the caller.
case $1 in /run/user/*) say CALLER 0:0 ;; *) say CALLER "$EUID:${GROUPS[0]}" ;; esac
say CALLER_NAME "$(id -un 2>/dev/null)"
# Who is logged in where (`docker login`), how other engines are reached (ENGINE), and where npm's packages come from.
own DOCKER_LOGINS "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json"
own DOCKER_CONTEXTS "${DOCKER_CONFIG:-${HOME:-}/.docker}/contexts"
own SSH_FOLDER "${HOME:-}/.ssh"
own SSH_AGENT "${SSH_AUTH_SOCK:-}"
own NPMRC "${NPM_CONFIG_USERCONFIG:-${HOME:-}/.npmrc}"
