"""The default storage: one file, which two versions of the application may have open at once."""

import sqlite3
import threading
from contextlib import closing, contextmanager
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

    def fill(self, connection):
        """Nothing to do: a new journal begins empty."""

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


@contextmanager
def examined(path):
    """A whole database, at rest while the block reads it. The file is never made or migrated."""
    try:
        # rw, which makes no file: only so is the journal that a killed writer has left played back.
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            (verdict,) = reader.execute("PRAGMA integrity_check(1)").fetchone()
            # A file of 0 bytes is ok too, to SQLite.
            if verdict == "ok" and not Path(path).stat().st_size:
                verdict = "it is empty"
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            yield reader
    except sqlite3.Error as error:
        raise sqlite3.DatabaseError(f"{path}: {error}") from error


def _begin(connection):
    timeout = connection.get_execution_options().get("write_timeout")
    if timeout is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(timeout * 1000)}").close()
    # IMMEDIATE: one that reads first and writes later could find that its snapshot is outdated, and fail.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
