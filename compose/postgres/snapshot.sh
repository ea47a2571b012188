#!/bin/sh
# Three hooks for the database of the server `db`: copy it, restore a copy into an empty one, describe it in one line.
set -eu

PGPASSWORD=$(cat /run/secrets/db-password)
export PGPASSWORD PGHOST=db PGUSER="$POSTGRES_USER" PGDATABASE="${POSTGRES_DB:-$POSTGRES_USER}"
# Values are compared as text.
export PGCONNECT_TIMEOUT=10 PGTZ=UTC
# A server whose container is killed closes no connection: without probes its clients wait for two hours.
export alive='keepalives_idle=5 keepalives_interval=2 keepalives_count=3'
dump=/snapshot/database.dump
part=$dump.part

fail() { echo "snapshot: $*" >&2; exit 1; }

sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 "$alive"; }

begin='BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;'
# No positions: a restore closes the gaps that dropped columns left. *> orders rows of any type. The health check rewrites
# the row of `heartbeat` all the time: that changes no data.
description=$(cat <<'SQL'
SELECT json_build_object(
  'schema', (SELECT md5(coalesce(string_agg(concat_ws(' ', table_name, column_name, udt_name, character_maximum_length,
      numeric_precision, numeric_scale, is_nullable, column_default, identity_generation, generation_expression),
      E'\n' ORDER BY table_name, ordinal_position), ''))
    FROM information_schema.columns WHERE table_schema = 'public'),
  'tables', (SELECT coalesce(json_object_agg(table_name, json_build_object(
      'rows', (xpath('//rows/text()', found))[1]::text::bigint,
      'newest', CASE WHEN table_name <> 'heartbeat' THEN (xpath('//newest/text()', found))[1]::text END) ORDER BY table_name), '{}')
    FROM information_schema.tables, query_to_xml(format(
      'SELECT count(*) AS rows, (SELECT md5(t::text) FROM public.%1$I t ORDER BY t USING OPERATOR(pg_catalog.*>) LIMIT 1) AS newest FROM public.%1$I',
      table_name), false, false, '') AS found
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'));
SQL
)

case "${1:-}" in
copy)
  trap 'rm -f "$part"' EXIT
  export part
  # The description and the dump read the same snapshot of the database.
  described=$(sql <<SQL
$begin
SELECT pg_export_snapshot() AS id \gset
\setenv id :id
\! pg_dump --format=custom --dbname="\$alive" --snapshot="\$id" --file="\$part" || rm -f "\$part"
$description
COMMIT;
SQL
  ) || fail "no copy of $PGDATABASE: the server failed"
  pg_restore --list "$part" > /dev/null || fail "no copy of $PGDATABASE: pg_dump failed"
  mv "$part" "$dump"
  printf '%s\n' "$described"
  ;;
restore)
  pg_restore --exit-on-error --single-transaction --no-owner --dbname="$alive" "$dump" || fail "$dump is not restored"
  ;;
describe)
  printf '%s\n' "$begin" "$description" | sql || fail "$PGDATABASE cannot be read"
  ;;
*)
  fail "usage: snapshot.sh copy|restore|describe"
  ;;
esac
