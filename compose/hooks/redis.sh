#!/bin/sh
# The hooks of `x-snapshot: redis` and `valkey`. $0 names the service. What its command says comes as DARTAGNAN_… variables.
set -eu

host=$0
dump=/snapshot/dump.rdb
# Of the server that this starts beside the service, on a copy.
own=6390

fail() { echo "snapshot: $*" >&2; exit 1; }

cli=$(command -v valkey-cli || command -v redis-cli) || fail 'the image has neither redis-cli nor valkey-cli'
server=$(command -v valkey-server || command -v redis-server) || fail 'the image has no server'
# The entrypoint of the official images loads their modules.
entrypoint=$(command -v docker-entrypoint.sh || true)

as=
ask() { "$cli" -h "$host" -p "$port" ${as:+--user "$as"} "$@"; }
there() { "$cli" -p "$own" "$@"; }

password() {
  # The command of a shell may name a variable or a file: it is read as that shell would.
  if [ -n "${DARTAGNAN_AUTH:-}" ]; then printf '%s' "$DARTAGNAN_AUTH"; return; fi
  if [ -n "${DARTAGNAN_AUTH_WORD:-}" ]; then eval "printf '%s' $DARTAGNAN_AUTH_WORD"; return; fi
  for name in REDIS_PASSWORD VALKEY_PASSWORD; do
    if printenv "$name"; then return; fi
    if file=$(printenv "${name}_FILE"); then cat "$file"; return; fi
  done
  settings | sed -n "s/^ *requirepass *[\"']\{0,1\}\([^\"']*\).*/\1/p" | tail -n 1
}

settings() {
  for file in ${DARTAGNAN_CONF:-} /usr/local/etc/redis/*.conf /usr/local/etc/valkey/*.conf /etc/redis/*.conf /etc/valkey/*.conf; do
    [ ! -r "$file" ] || cat "$file"
  done
}

port=${DARTAGNAN_PORT:-$(settings | sed -n 's/^ *port  *\([0-9][0-9]*\).*/\1/p' | tail -n 1)}
port=${port:-6379}

# Of an access list, the name and the password of one who may do all: the default user may be off.
user() { settings | sed -nE 's/^ *user +([^ ]+) (.* )?on (.* )?>([^ ]+) .*(\+@all|allcommands).*/\1 \4/p' | tail -n 1; }

# Waits until the service answers, while it loads its data, say; with its password where it asks for one.
reach() {
  while said=$(ask PING 2>&1) || true; [ "$said" != PONG ]; do
    case $said in *NOAUTH*)
      [ -z "${REDISCLI_AUTH:-}" ] || fail "$host does not take the password of its settings"
      REDISCLI_AUTH=$(password)
      if [ -z "$REDISCLI_AUTH" ] && one=$(user) && [ -n "$one" ]; then as=${one% *} REDISCLI_AUTH=${one#* }; fi
      [ -n "$REDISCLI_AUTH" ] || fail "$host asks for a password, and its settings name none"
      export REDISCLI_AUTH
      ;;
    *) sleep 0.2 ;; esac
  done
}

# serve FOLDER ADDRESS AOF: starts a server on files.
serve() {
  ${entrypoint:+"$entrypoint"} "$server" --dir "$1" --dbfilename dump.rdb --bind "$2" --port "$own" --protected-mode no \
    --save '' --appendonly "$3" >&2 &
  pid=$!
  until [ "$(there PING 2>/dev/null)" = PONG ]; do
    kill -0 "$pid" || fail 'no server starts on what was copied'
    sleep 0.1
  done
}

# Keys that expire come and go: the others are counted.
describe() {
  info=$("$@" INFO keyspace)
  sep=
  printf '{"keys":{'
  printf '%s\n' "$info" | sed -n 's/^\(db[0-9]*\):keys=\([0-9]*\),expires=\([0-9]*\).*/\1 \2 \3/p' | while read -r db keys expires; do
    [ "$keys" -gt "$expires" ] || continue
    printf '%s"%s":{"rows":%s}' "$sep" "$db" $((keys - expires))
    sep=,
  done
  echo '}}'
}

case "${1:-}" in
copy)
  # With no server there, the files are those that it has left.
  if getent hosts "$host" >&2; then
    reach
    ask --rdb "$dump" >&2
  else
    mkdir /snapshot/left && cp -a "$DARTAGNAN_DATA/." /snapshot/left
    aof=no
    for file in /snapshot/left/*.aof /snapshot/left/appendonlydir; do [ ! -e "$file" ] || aof=yes; done
    serve /snapshot/left 127.0.0.1 "$aof"
    there --rdb "$dump" >&2
    kill "$pid"
    wait "$pid" || true
    rm -r /snapshot/left
  fi
  # The dump itself is counted: the service writes on.
  chmod a+r "$dump"
  serve /snapshot 127.0.0.1 no
  describe there
  ;;
restore)
  reach
  serve /snapshot 0.0.0.0 no
  ask REPLICAOF "$(hostname -i | cut -d ' ' -f 1)" "$own" >&2
  until ask INFO replication | grep -q '^master_link_status:up'; do
    kill -0 "$pid" || fail 'the server with the dump has ended'
    sleep 0.1
  done
  ask REPLICAOF NO ONE >&2
  # On the disk, in whatever way the service keeps its data.
  while ask INFO persistence | grep -Eq '^aof_rewrite_(in_progress|scheduled):1'; do sleep 0.1; done
  until [ "$(ask SAVE)" = OK ]; do sleep 0.1; done
  ;;
describe)
  reach
  describe ask
  ;;
*)
  fail 'usage: copy|restore|describe'
  ;;
esac
