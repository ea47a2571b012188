from flask import current_app

from . import entries, metrics


def keep(text, key):
    """Keeps a line as a request does: with the version that serves it, and counted once."""
    entry, repeated = entries.append(current_app.extensions["journal"], text, current_app.config["APP_VERSION"], key)
    if not repeated:
        metrics.ENTRIES.inc()
    return entry, repeated
