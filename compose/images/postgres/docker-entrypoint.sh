#!/bin/sh
set -eu

fail() { echo "postgres: $*" >&2; exit 1; }

# Read as root: a secret's file may keep its host owner and mode.
if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
  [ -z "${POSTGRES_PASSWORD:-}" ] || fail 'both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set: set one'
  POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
  export POSTGRES_PASSWORD
  unset POSTGRES_PASSWORD_FILE
fi
POSTGRES_USER=${POSTGRES_USER:-postgres}
POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}

# What a project brings for its first start, in the order of the names: each on a server that no other container reaches. Its
# socket has another port in its name: a health check that asks at the usual one gets no answer until all of this is done.
prepare() (
  query() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }
  export POSTGRES_USER POSTGRES_DB PGPASSWORD="${POSTGRES_PASSWORD:-}" PGPORT=54320
  pg_ctl --wait --silent --options "-c listen_addresses=''" start
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else bash "$file"; fi ;;
      *.sql) query --file "$file" ;;
      *.sql.gz) gzip --decompress --stdout "$file" | query ;;
    esac
  done
  pg_ctl --wait --silent --mode fast stop
)

case "${1:-}" in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  find "$PGDATA" ! -user postgres -exec chown postgres {} +
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  [ -n "${POSTGRES_PASSWORD:-}" ] || [ "$method" = trust ] ||
    fail 'the data folder is empty: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE'
  password=$(mktemp)
  # As upstream, where it is empty: that user then has none.
  printf '%s\n' "${POSTGRES_PASSWORD:-}" > "$password"
  initdb --username="$POSTGRES_USER" --pwfile="$password" --auth-local=trust --auth-host="$method"
  rm "$password"
  echo "host all all all $method" >> "$PGDATA/pg_hba.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    printf 'CREATE DATABASE "%s"\n' "$(printf %s "$POSTGRES_DB" | sed 's/"/""/g')" | postgres --single -j postgres > /dev/null
  fi
  [ -z "$(ls /docker-entrypoint-initdb.d)" ] || prepare
fi
unset POSTGRES_PASSWORD
exec "$@"
