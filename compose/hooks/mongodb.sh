#!/bin/sh
# The hooks of `x-snapshot: mongodb`: every database of the server, with its users. $0 names the service.
set -eu

fail() { echo "snapshot: $*" >&2; exit 1; }
value() { printenv "$1" || { if file=$(printenv "$1_FILE"); then cat "$file"; fi; }; }

shell=$(command -v mongosh || command -v mongo) || fail 'the image has neither mongosh nor mongo'
HOST=$0:${DARTAGNAN_PORT:-27017}
USERNAME=$(value MONGO_INITDB_ROOT_USERNAME)
PASSWORD=$(value MONGO_INITDB_ROOT_PASSWORD)
export HOST USERNAME PASSWORD

# In memory, and for nobody else: a password in a command line can be read by every process of the host.
umask 077
settings=/dev/shm/snapshot.yaml
trap 'rm -f "$settings"' EXIT
printf 'password: "%s"\n' "$(printf '%s' "$PASSWORD" | sed 's/[\\"]/\\&/g')" > "$settings"
umask 022

tool() {
  name=$1
  shift
  set -- --host="$HOST" --archive=/snapshot/dump.archive "$@"
  [ -z "$USERNAME" ] || set -- --config="$settings" --username="$USERNAME" --authenticationDatabase=admin "$@"
  "$name" "$@"
}
# shellcheck disable=SC2016 # It is JavaScript.
count='
const { HOST, USERNAME, PASSWORD } = process.env
const user = USERNAME ? `${encodeURIComponent(USERNAME)}:${encodeURIComponent(PASSWORD)}@` : ""
const server = new Mongo(`mongodb://${user}${HOST}/?directConnection=true&authSource=admin`)
const collections = {}
for (const { name } of server.getDB("admin").adminCommand({ listDatabases: 1 }).databases) {
  if (["admin", "config", "local"].includes(name)) continue
  const db = server.getDB(name)
  for (const one of db.getCollectionInfos({ type: "collection" }))
    if (!one.name.startsWith("system.")) collections[`${name}.${one.name}`] = { rows: db.getCollection(one.name).countDocuments({}) }
}
print(JSON.stringify({ collections }))'

case "${1:-}" in
copy)
  tool mongodump 2> /snapshot/log || { cat /snapshot/log >&2; fail "no copy of $0: mongodump failed"; }
  # The documents of the dump are counted, as it names them itself: the service writes on.
  # shellcheck disable=SC2016 # A name may stand in backquotes.
  sed -n 's/^.*\tdone dumping `*\([^ `]*\)`* (\([0-9]*\) document.*$/\1 \2/p' /snapshot/log | {
    sep=
    printf '{"collections":{'
    while read -r name documents; do
      case $name in admin.* | config.* | local.* | *.system.*) continue ;; esac
      printf '%s"%s":{"rows":%s}' "$sep" "$name" "$documents"
      sep=,
    done
    echo '}}'
  }
  rm /snapshot/log
  ;;
restore)
  tool mongorestore --drop || fail "the dump is not restored"
  ;;
describe)
  "$shell" --quiet --nodb --eval "$count" || fail "$0 cannot be read"
  ;;
*)
  fail 'usage: copy|restore|describe'
  ;;
esac
