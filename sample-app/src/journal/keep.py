"""One line kept, for the API and for the page's form."""

from flask import current_app

from . import entries, metrics


def keep(text: str, key: str | None) -> tuple[entries.Entry, bool]:
    """Keeps a line with the version that serves, and counts it, unless an earlier request with this key did both."""
    entry, repeated = entries.append(current_app.extensions["journal"], text, current_app.config["APP_VERSION"], key)
    if not repeated:
        metrics.ENTRIES.inc()
    return entry, repeated
