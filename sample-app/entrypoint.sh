#!/bin/sh
# Options go to gunicorn (docker run IMAGE --threads 4); anything else is a command (docker run IMAGE journal-describe).
set -eu

case "${1:-}" in
-*) set -- gunicorn --config python:journal.gunicorn_conf "$@" ;;
esac

exec "$@"
