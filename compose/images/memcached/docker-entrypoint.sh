#!/bin/sh
set -eu

case "${1:-}" in -*) set -- memcached "$@" ;; esac
exec "$@"
