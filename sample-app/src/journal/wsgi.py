"""The application as gunicorn loads it."""

from journal import create_app

app = create_app()
