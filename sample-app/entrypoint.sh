#!/bin/sh
# Options alone are gunicorn's; anything else is a command: docker run IMAGE journal-append "text"
set -eu

case "${1:-}" in
-*) set -- gunicorn --config python:journal.gunicorn_conf "$@" ;;
esac

exec "$@"
