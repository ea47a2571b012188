"""GET /healthz: whether this replica can keep a line now. It writes to storage, because a read proves too little."""

import time

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from .busy import Busy
from .database import StorageError
from .schema import heartbeat

blueprint = Blueprint("health", __name__)


@blueprint.record
def start_clock(state: BlueprintSetupState) -> None:
    state.app.extensions["journal.proven"] = time.monotonic()


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    storage = _storage_state()
    ok = storage in ("ok", "busy")
    body = {
        "status": "ok" if ok else "unavailable",
        "version": current_app.config["APP_VERSION"],
        "revision": current_app.config["APP_REVISION"],
        "storage": storage,
    }
    return body, 200 if ok else 503, {"Cache-Control": "no-store"}


def _storage_state() -> str:
    config, extensions = current_app.config, current_app.extensions
    try:
        with extensions["journal"].write(config["HEALTH_LOCK_TIMEOUT"]) as connection:
            connection.execute(heartbeat.update().values(beats=heartbeat.c.beats + 1))
        extensions["journal.proven"] = time.monotonic()
        return "ok"
    except Busy:
        # Another replica or a snapshot holds the lock. This replica is healthy, unless that never ends.
        locked = time.monotonic() - extensions["journal.proven"]
        return "busy" if locked <= config["HEALTH_LOCKED_MAX"] else f"locked for {locked:.0f} s"
    except StorageError as error:
        current_app.logger.error("storage cannot be written: %s", error)
        return f"cannot be written: {getattr(error, 'orig', error)}".splitlines()[0]
