#!/bin/sh
set -eu
# Clients would ask that host, where an application has its environment in common with this server.
unset MARIADB_HOST MYSQL_HOST

fail() { echo "mariadb: $*" >&2; exit 1; }
# Either of both names, or the file that its _FILE names.
value() {
  for name in "MARIADB_$1" "MYSQL_$1"; do
    if printenv "$name"; then return; fi
    if file=$(printenv "${name}_FILE"); then cat "$file"; return; fi
  done
}
quote() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g; s/\\\\/&&/g")"; }

# What a project brings for its first start, in the order of the names: each on a server that no other container reaches. It
# has a socket of its own: a health check that asks at the usual one gets no answer until all of this is done.
prepare() (
  query() { mariadb --user=root --database="$database"; }
  export MYSQL_PWD="$root" MYSQL_UNIX_PORT=/run/mysqld/set-up.sock
  mariadbd --skip-networking & pid=$!
  until mariadb-admin --user=root --silent ping 2> /dev/null; do
    kill -0 $pid || fail 'the server for /docker-entrypoint-initdb.d has ended'
    sleep 0.2
  done
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else bash "$file"; fi ;;
      *.sql) query < "$file" ;;
      *.sql.gz) gzip --decompress --stdout "$file" | query ;;
    esac
  done
  mariadb-admin --user=root shutdown
  wait $pid
)

case "${1:-}" in -*) set -- mariadbd "$@" ;; esac
case "${1:-}" in mariadbd | mysqld) ;; *) exec "$@" ;; esac

if [ "$(id -u)" = 0 ]; then
  # Read as root: a secret's file may keep its host owner and mode.
  for name in ROOT_PASSWORD DATABASE USER PASSWORD; do
    found=$(value "$name")
    [ -z "$found" ] || export "MARIADB_$name=$found"
  done
  find /var/lib/mysql ! -user mysql -exec chown mysql {} +
  exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
fi

if [ ! -d /var/lib/mysql/mysql ]; then
  root=$(value ROOT_PASSWORD) database=$(value DATABASE) user=$(value USER) password=$(value PASSWORD)
  # As upstream: without a password it makes no user, so that MARIADB_USER=root is harmless there.
  [ -n "$password" ] || user=
  if [ -z "$root" ] && [ -n "$(value RANDOM_ROOT_PASSWORD)" ]; then
    root=$(head -c 24 /dev/urandom | base64)
    echo "GENERATED ROOT PASSWORD: $root"
  fi
  [ -n "$root$(value ALLOW_EMPTY_ROOT_PASSWORD)$(value ALLOW_EMPTY_PASSWORD)" ] ||
    fail 'the data folder is empty: set MARIADB_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD_FILE'
  mariadb-install-db --auth-root-authentication-method=normal --cross-bootstrap --skip-test-db > /dev/null
  {
    # It reads one statement a line. printf, because echo would read a backslash.
    printf '%s\n' 'FLUSH PRIVILEGES;' "ALTER USER root@localhost IDENTIFIED BY $(quote "$root");" \
      "CREATE USER root@'%' IDENTIFIED BY $(quote "$root");" "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    [ -z "$database" ] || printf '%s\n' "CREATE DATABASE IF NOT EXISTS \`$database\`;"
    [ -z "$user" ] || printf '%s\n' "CREATE USER $(quote "$user")@'%' IDENTIFIED BY $(quote "$password");"
    [ -z "$user" ] || [ -z "$database" ] || printf '%s\n' "GRANT ALL ON \`$database\`.* TO $(quote "$user")@'%';"
  } | mariadbd --bootstrap
  [ -z "$(ls /docker-entrypoint-initdb.d)" ] || prepare
fi
exec "$@"
