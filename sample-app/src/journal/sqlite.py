"""The default storage: one file, which two versions of the application may have open at once."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from .busy import Busy


class Sqlite:
    def __init__(self, path: str, lock_timeout: float) -> None:
        self.path = Path(path)
        self._lock_timeout = lock_timeout
        # Each use opens a new connection, and so notices a file that was replaced or removed. It takes microseconds.
        self.engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        event.listen(self.engine, "begin", _begin)
        # The threads of one process queue here, because SQLite's own way of waiting is to poll.
        self._queue = threading.Lock()

    def create(self) -> None:
        """Makes the file, empty."""
        self.path.touch()

    def fill(self, connection: Connection) -> None:
        """Does nothing: a new journal begins empty."""

    @contextmanager
    def write(self, timeout: float) -> Iterator[Connection]:
        """A transaction that holds the only write lock; raises Busy after `timeout` seconds without it."""
        if not self._queue.acquire(timeout=timeout):
            raise Busy
        try:
            with self.engine.execution_options(write_timeout=timeout).begin() as connection:
                yield connection
        finally:
            self._queue.release()

    def is_busy(self, error: BaseException | None) -> bool:
        """Whether the lock was not free in time."""
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY

    def _connect(self) -> sqlite3.Connection:
        # Mode rw makes no file: only a migration does. A volume that lost it must not look like an empty journal.
        uri = f"file:{quote(str(self.path))}?mode=rw"
        connection = sqlite3.connect(
            uri, uri=True, timeout=self._lock_timeout, isolation_level=None, check_same_thread=False
        )
        # Not WAL: SQLite before 3.51.3 can corrupt a database that two processes have open in that mode.
        for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}").close()
        return connection


@contextmanager
def examined(path: str | Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database that was checked and does not change meanwhile. It makes and migrates no file."""
    try:
        # Mode rw makes no file, and lets SQLite roll back what a killed writer has left half done.
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            (verdict,) = reader.execute("PRAGMA integrity_check(1)").fetchone()
            # SQLite calls a file of 0 bytes "ok" too.
            if verdict == "ok" and not Path(path).stat().st_size:
                verdict = "it is empty"
            if verdict != "ok":
                raise sqlite3.DatabaseError(verdict)
            yield reader
    except sqlite3.Error as error:
        raise sqlite3.DatabaseError(f"{path}: {error}") from error


def _begin(connection: Connection) -> None:
    timeout = connection.get_execution_options().get("write_timeout")
    if timeout is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(timeout * 1000)}").close()
    # IMMEDIATE takes the lock now. A transaction that reads first and writes later could fail halfway.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
