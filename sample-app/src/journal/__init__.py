"""The Journal: a service that keeps lines."""


def create_app(test_config=None):
    # Imported here, because the commands (journal.cli) use this package without Flask and start sooner for it.
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
