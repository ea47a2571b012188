"""The settings. `Settings` names them; Flask adds its own to the same mapping."""

import os
from collections.abc import Mapping
from typing import Any

type Settings = Mapping[str, Any]


def read(env: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Reads the settings from the environment. An empty variable counts as unset."""

    def get(key: str, default: str | None = None) -> str | None:
        return env.get(key) or default

    return {
        "APP_VERSION": get("APP_VERSION", "unknown"),
        "APP_REVISION": get("APP_REVISION", "unknown"),
        "DATABASE_URL": get("DATABASE_URL", "sqlite:////data/journal.db"),
        "DATABASE_PASSWORD_FILE": get("DATABASE_PASSWORD_FILE"),
        "MOVE_FROM": get("MOVE_FROM"),
        "SLOW_ROUTES": get("SLOW_ROUTES") == "1",
        # In bytes: 10,000 characters, each written as two escapes of six bytes, and some room.
        "MAX_CONTENT_LENGTH": 256 * 1024,
        # How long a write waits for another writer, in seconds.
        "LOCK_TIMEOUT": 15,
        "MIGRATION_LOCK_TIMEOUT": 60,
        # The threads of gunicorn that answer requests. Each uses at most one database connection:
        # half of these stay open.
        "THREADS": 16,
        # How long one health check waits for the write lock, and how long others may hold it, in seconds.
        "HEALTH_LOCK_TIMEOUT": 1,
        "HEALTH_LOCKED_MAX": 30,
    }
