"""The default storage: one file, which two versions of the application may have open at once."""

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from .busy import Busy


class Sqlite:
    def __init__(self, path, lock_timeout):
        self.path = Path(path)
        self._lock_timeout = lock_timeout
        # A new connection for each use notices a file that was replaced or removed; opening one takes microseconds.
        self.engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        event.listen(self.engine, "begin", _begin)
        # SQLite's own wait polls; the threads of one process queue here instead.
        self._queue = threading.Lock()

    def create(self):
        self.path.touch()

    @contextmanager
    def write(self, timeout):
        """A transaction that holds the only write lock; raises Busy after `timeout` seconds without it."""
        if not self._queue.acquire(timeout=timeout):
            raise Busy
        try:
            with self.engine.execution_options(write_timeout=timeout).begin() as connection:
                yield connection
        finally:
            self._queue.release()

    def is_busy(self, error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY

    def _connect(self):
        # rw: only a migration creates the file. A volume that lost it must not be served as an empty journal.
        uri = f"file:{quote(str(self.path))}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._lock_timeout, isolation_level=None, check_same_thread=False
        )
        # Not WAL: SQLite before 3.51.3 can corrupt a database that two processes have open in that mode.
        for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}").close()
        return connection


def _begin(connection):
    timeout = connection.get_execution_options().get("write_timeout")
    if timeout is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(timeout * 1000)}").close()
    # IMMEDIATE: one that reads first and writes later could find that its snapshot is outdated, and fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
