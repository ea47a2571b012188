import os


def read(env=os.environ):
    """The settings, from the environment. Empty means unset."""

    def get(key, default=None):
        return env.get(key) or default

    return {
        "APP_VERSION": get("APP_VERSION", "unknown"),
        "APP_REVISION": get("APP_REVISION", "unknown"),
        "DATABASE_URL": get("DATABASE_URL", "sqlite:////data/journal.db"),
        "DATABASE_PASSWORD_FILE": get("DATABASE_PASSWORD_FILE"),
        "MOVE_FROM": get("MOVE_FROM"),
        "SLOW_ROUTES": get("SLOW_ROUTES") == "1",
        # 10,000 characters, each written as two escapes of six bytes, and some room.
        "MAX_CONTENT_LENGTH": 256 * 1024,
        # How long a write waits for another writer, in seconds.
        "LOCK_TIMEOUT": 15,
        "MIGRATION_LOCK_TIMEOUT": 60,
        # gunicorn's; each uses at most one connection.
        "THREADS": 8,
        # How long the health check waits for it, and for how long it may find storage locked, in seconds.
        "HEALTH_LOCK_TIMEOUT": 1,
        "HEALTH_LOCKED_MAX": 30,
    }
