"""The database, whatever stores it: it migrates the schema once, and gives out connections."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError

from . import migrate
from .busy import Busy
from .config import Settings
from .postgres import Postgres
from .sqlite import Sqlite

log = logging.getLogger(__name__)

# The errors that storage raises. Our own mistakes in SQL raise the same; whoever catches them logs them in full.
StorageError = (DBAPIError, sqlite3.Error, OSError, Busy)


class Database:
    def __init__(self, config: Settings) -> None:
        self._storage = open_storage(config)
        self._lock_timeout = config["LOCK_TIMEOUT"]
        self._migrating = threading.Lock()
        self._ready = False
        try:
            self.prepare(config["MIGRATION_LOCK_TIMEOUT"])
        except StorageError as error:
            # Start all the same: the health check reports the error, and the next use tries again.
            log.error("storage is not ready: %s", error)
        finally:
            # gunicorn forks its worker after this, and two processes must not share a connection.
            self.close()

    def close(self) -> None:
        """Closes idle connections; the next use opens new ones."""
        self._storage.engine.dispose()

    @property
    def sqlite_path(self) -> Path | None:
        """The database file; None with PostgreSQL."""
        return self._storage.path

    def prepare(self, timeout: float) -> None:
        """Migrates the schema, once. Waits at most `timeout` seconds for another process that is migrating it."""
        if self._ready:
            return
        with self._migrating:
            if not self._ready:
                migrate.run(self._storage, timeout)
                self._ready = True

    def read(self) -> Connection:
        """A connection to read with; `with` closes it."""
        self.prepare(self._lock_timeout)
        return self._storage.engine.connect()

    @contextmanager
    def write(self, timeout: float | None = None) -> Iterator[Connection]:
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


def open_storage(config: Settings) -> Sqlite | Postgres:
    """The storage that DATABASE_URL names, untouched. Another kind of database is a ValueError."""
    url = make_url(config["DATABASE_URL"])
    if url.drivername == "sqlite" and url.database:
        return Sqlite(url.database, config["LOCK_TIMEOUT"])
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return Postgres(url, config["DATABASE_PASSWORD_FILE"], config["THREADS"] // 2, config["MOVE_FROM"])
    raise ValueError(f"DATABASE_URL: '{url.drivername}:' is not supported; use postgresql://… or sqlite:////data/…")
