#!/bin/sh
set -eu

if [ "${1:-}" = nginx ]; then
  # shellcheck source=/dev/null
  for file in /docker-entrypoint.d/*; do
    case $file in
      *.envsh) . "$file" ;;
      *.sh) [ ! -x "$file" ] || "$file" ;;
    esac
  done
  # Of the variables, those alone that are set: $host and the like are nginx's own.
  set_ones=$(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/${\1}/p' | tr '\n' ' ')
  if [ -d /etc/nginx/templates ]; then
    find /etc/nginx/templates -name '*.template' | while read -r template; do
      target=/etc/nginx/conf.d/${template#/etc/nginx/templates/}
      mkdir -p "$(dirname "$target")"
      envsubst "$set_ones" < "$template" > "${target%.template}"
    done
  fi
fi
exec "$@"
