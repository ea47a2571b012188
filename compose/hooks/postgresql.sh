#!/bin/sh
# The hooks of `x-snapshot: postgresql`: every database of the server, and its roles. $0 names the service.
set -eu

fail() { echo "snapshot: $*" >&2; exit 1; }

PGHOST=$0 PGPORT=${DARTAGNAN_PORT:-5432} PGUSER=${POSTGRES_USER:-postgres}
PGPASSWORD=${POSTGRES_PASSWORD:-$([ -z "${POSTGRES_PASSWORD_FILE:-}" ] || cat "$POSTGRES_PASSWORD_FILE")}
export PGHOST PGPORT PGUSER PGPASSWORD PGCONNECT_TIMEOUT=10
# Every server has this one, and no client works in it: each of the others can be dropped.
export PGDATABASE=template1
# A server whose container is killed closes no connection: without probes its clients wait for two hours.
export alive='keepalives_idle=5 keepalives_interval=2 keepalives_count=3'

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$@" "$alive"; }

begin='BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
description=$(cat <<'SQL'
SELECT to_json(current_database()) || ':' || (SELECT coalesce(json_object_agg(table_schema || '.' || table_name,
    json_build_object('rows', (xpath('//rows/text()', found))[1]::text::bigint)), '{}')
  FROM information_schema.tables,
    query_to_xml(format('SELECT count(*) AS rows FROM %I.%I', table_schema, table_name), false, false, '') AS found
  WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema'));
SQL
)
list() { echo 'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1' | sql; }

# Runs a command in each database, and prints what they say as one document.
described() {
  list=$(list) || fail "$PGHOST does not answer"
  sep='' number=0
  printf '{"databases":{'
  while IFS= read -r PGDATABASE; do
    number=$((number + 1))
    said=$("$@") || fail "$PGDATABASE cannot be read"
    printf '%s%s' "$sep" "$said"
    sep=,
  done <<LIST
$list
LIST
  echo '}}'
}
describe() { printf '%s\n' "$begin" "$description" | sql; }
# The description and the dump read the same snapshot of the database.
copy() {
  dump=/snapshot/$number.dump
  export dump
  sql <<SQL
$begin
SELECT pg_export_snapshot() AS id \gset
\setenv id :id
\! pg_dump --format=custom --create --dbname="\$alive" --snapshot="\$id" --file="\$dump" || rm -f "\$dump"
$description
COMMIT;
SQL
  pg_restore --list "$dump" > /dev/null
  printf '%s\n' "$PGDATABASE" > "/snapshot/$number.name"
}
restore() {
  # A new server has made its own databases already.
  echo 'DROP DATABASE IF EXISTS :"name"' | sql --set name="$(cat "${1%dump}name")"
  pg_restore --exit-on-error --create --dbname="$alive" "$1"
}

case "${1:-}" in
copy)
  export PGDATABASE
  # The server's own user keeps the password that its settings give it.
  me=$(echo 'SELECT quote_ident(current_user)' | sql)
  pg_dumpall --roles-only -l "$PGDATABASE" > /snapshot/all-roles
  grep -vxF "CREATE ROLE $me;" /snapshot/all-roles | grep -vF "ALTER ROLE $me WITH " > /snapshot/roles.sql
  rm /snapshot/all-roles
  described copy
  ;;
restore)
  # A role that is there already is an error to pass over.
  psql --no-psqlrc --quiet --file=/snapshot/roles.sql "$alive" >&2
  for dump in /snapshot/*.dump; do restore "$dump" || fail "$dump is not restored"; done
  ;;
describe)
  described describe
  ;;
*)
  fail 'usage: copy|restore|describe'
  ;;
esac
