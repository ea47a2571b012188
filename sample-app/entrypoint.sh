#!/bin/sh
# Options alone are gunicorn's; anything else is a command of its own: docker run IMAGE journal-append "text"
set -eu

case "${1:--}" in
-*) set -- python -m gunicorn --config python:journal.gunicorn_conf "$@" journal.wsgi:app ;;
esac

exec "$@"
