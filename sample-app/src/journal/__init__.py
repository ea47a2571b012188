"""The Journal: a service that keeps lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(test_config: Mapping[str, Any] | None = None) -> Flask:
    """Makes the application from the environment's settings; a test passes the ones that it changes."""
    # Imported here, because the commands (journal.cli) do not need Flask and start sooner without it.
    from flask import Flask

    from . import api, config, errors, health, metrics, page, slow
    from .database import Database

    app = Flask(__name__)
    app.config.from_mapping(config.read())
    app.config.from_mapping(test_config or {})
    app.json.sort_keys = False
    app.extensions["journal"] = Database(app.config)

    metrics.init_app(app)
    errors.init_app(app)
    for module in (api, health, page):
        app.register_blueprint(module.blueprint)
    if app.config["SLOW_ROUTES"]:
        app.register_blueprint(slow.blueprint)
    return app
