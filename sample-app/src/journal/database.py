import logging
import sqlite3
import threading
from contextlib import contextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from . import migrate
from .busy import Busy
from .postgres import Postgres
from .sqlite import Sqlite

log = logging.getLogger(__name__)

# What storage may fail with. A mistake of ours in SQL is among them, and is logged in full where this is caught.
StorageError = (DBAPIError, sqlite3.Error, OSError, Busy)


class Database:
    def __init__(self, config):
        self._storage = open_storage(config)
        self._lock_timeout = config["LOCK_TIMEOUT"]
        self._migrating = threading.Lock()
        self._ready = False
        try:
            self.prepare(config["MIGRATION_LOCK_TIMEOUT"])
        except StorageError as error:
            # Serve all the same: the health check says what is wrong, and the next write tries again.
            log.error("storage is not ready: %s", error)
        finally:
            # gunicorn forks after this; processes must not share connections.
            self.close()

    def close(self):
        """Gives back idle connections; the next use opens new ones."""
        self._storage.engine.dispose()

    @property
    def sqlite_path(self):
        """The file, or None with PostgreSQL."""
        return self._storage.path

    def prepare(self, timeout):
        """Brings the schema up to date, once; waits at most `timeout` seconds for another process that does."""
        if self._ready:
            return
        with self._migrating:
            if not self._ready:
                migrate.run(self._storage, timeout)
                self._ready = True

    def read(self):
        self.prepare(self._lock_timeout)
        return self._storage.engine.connect()

    @contextmanager
    def write(self, timeout=None):
        """A transaction that is durable when the block ends; raises Busy after `timeout` seconds of waiting."""
        timeout = timeout or self._lock_timeout
        try:
            self.prepare(timeout)
            with self._storage.write(timeout) as connection:
                yield connection
        except DBAPIError as error:
            if self._storage.is_busy(error.orig):
                raise Busy from error
            raise


def open_storage(config):
    url = make_url(config["DATABASE_URL"])
    if url.drivername == "sqlite" and url.database:
        return Sqlite(url.database, config["LOCK_TIMEOUT"])
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return Postgres(url, config["DATABASE_PASSWORD_FILE"], config["THREADS"], config["MOVE_FROM"])
    raise ValueError(f"DATABASE_URL: '{url.drivername}:' is not supported; use postgresql://… or sqlite:////data/…")
