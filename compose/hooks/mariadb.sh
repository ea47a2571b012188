#!/bin/sh
# The hooks of `x-snapshot: mariadb` and `mysql`: every database of the server, and its users. $0 names the service.
set -eu

fail() { echo "snapshot: $*" >&2; exit 1; }
# The value of the first of these variables that is set, or what the file holds that its _FILE names.
value() {
  for name; do
    if printenv "$name"; then return; fi
    if file=$(printenv "${name}_FILE"); then cat "$file"; return; fi
  done
}

client=$(command -v mariadb || command -v mysql) || fail 'the image has neither mariadb nor mysql'
dumper=$(command -v mariadb-dump || command -v mysqldump) || fail 'the image has neither mariadb-dump nor mysqldump'
password=$(value MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD)
# Another user may not see all databases, and a dump would lack them without a word.
[ -n "$password" ] || [ -z "${MARIADB_RANDOM_ROOT_PASSWORD:-}${MYSQL_RANDOM_ROOT_PASSWORD:-}" ] ||
  fail "nobody knows the password of root (MARIADB_RANDOM_ROOT_PASSWORD): say x-snapshot: files on $0, and deploy that with DEPLOY_SNAPSHOT=0: from then on its files are copied while it pauses"

# In memory, and for nobody else: a password in a command line can be read by every process of the host.
umask 077
settings=/dev/shm/snapshot.cnf
trap 'rm -f "$settings"' EXIT
cat > "$settings" <<SETTINGS
[client]
host=$0
port=${DARTAGNAN_PORT:-3306}
user=root
password="$(printf '%s' "$password" | sed 's/[\\"]/\\&/g')"
default-character-set=utf8mb4
# The server makes its own certificate.
loose-ssl-verify-server-cert=0
SETTINGS
umask 022

sql() { "$client" --defaults-extra-file="$settings" --batch --raw --skip-column-names "$@"; }
dump() { "$dumper" --defaults-extra-file="$settings" "$@"; }

# Lines of a name, a tab and a number become a document.
document() {
  awk -F '\t' 'BEGIN { printf "{\"tables\":{" }
    { gsub(/["\\]/, "\\\\&", $1); printf "%s\"%s\":{\"rows\":%s}", sep, $1, $2; sep = "," }
    END { print "}}" }'
}
own="('information_schema', 'performance_schema', 'mysql', 'sys')"

case "${1:-}" in
copy)
  databases=$(echo "SELECT schema_name FROM information_schema.schemata WHERE schema_name NOT IN $own" | sql) || fail "$0 does not answer"
  set -- --single-transaction --quick --routines --events --triggers --hex-blob --no-autocommit --add-drop-database --skip-extended-insert
  # A dump is for one server: the numbers of its transactions are no part of it.
  if dump --help | grep -q -- --set-gtid-purged; then set -- "$@" --set-gtid-purged=OFF; fi
  set -- "$@" --databases
  # A name may hold a blank.
  while IFS= read -r database; do [ -z "$database" ] || set -- "$@" "$database"; done <<LIST
$databases
LIST
  : > /snapshot/databases.sql
  [ -z "$databases" ] || dump "$@" > /snapshot/databases.sql
  if dump --help | grep -q -- --system=; then
    dump --system=users --insert-ignore > /snapshot/users.sql
  else
    # The server's own users keep the passwords that its settings give them.
    others="user NOT LIKE 'mysql.%' AND user <> 'root'"
    { echo 'SET print_identified_with_as_hex = ON;'
      echo "SELECT CONCAT('SHOW CREATE USER ', QUOTE(user), '@', QUOTE(host), '; SHOW GRANTS FOR ', QUOTE(user), '@', QUOTE(host), ';') FROM mysql.user WHERE $others" | sql
    } | sql | sed 's/^CREATE USER /&IF NOT EXISTS /; s/$/;/' > /snapshot/users.sql
  fi
  # The rows of the dump are counted, one line each: the service writes on.
  awk -F '`' -v OFS='\t' '/^USE `/ { database = $2 }
    /^CREATE TABLE `/ { rows[database "." $2] += 0 }
    /^INSERT INTO `/ { rows[database "." $2]++ }
    END { for (table in rows) print table, rows[table] }' /snapshot/databases.sql | document
  ;;
restore)
  sql < /snapshot/databases.sql || fail 'the databases are not restored'
  sql --force < /snapshot/users.sql || fail 'the users are not restored'
  ;;
describe)
  tables="table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') AND table_schema NOT IN $own"
  counts=$(echo "SELECT CONCAT('SELECT ', QUOTE(CONCAT(table_schema, '.', table_name)), ', COUNT(*) FROM \`', table_schema, '\`.\`', table_name, '\`;') FROM information_schema.tables WHERE $tables" | sql) || fail "$0 does not answer"
  printf '%s\n' "$counts" | sql | document
  ;;
*)
  fail 'usage: copy|restore|describe'
  ;;
esac
