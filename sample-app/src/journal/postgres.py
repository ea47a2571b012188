"""The storage for more than one machine."""

from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from . import move

# Any number will do, as long as every version of the application uses the same.
WRITERS = 0x6A6F7572
LOCK_NOT_AVAILABLE = "55P03"

# A server whose container is killed closes no connection: without probes a request in flight waits for two hours.
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}


class Postgres:
    path = None

    def __init__(self, url, password_file, pool_size, move_from):
        self._move_from = move_from
        if password_file:
            url = url.set(password=Path(password_file).read_text().rstrip("\r\n"))
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 2, "application_name": "journal", **ALIVE},
        )

    def create(self):
        """Nothing to do: the database is the server's."""

    def fill(self, connection):
        """A new database begins with the lines of the SQLite file that MOVE_FROM names."""
        if self._move_from:
            move.run(connection, self._move_from)

    @contextmanager
    def write(self, timeout):
        """A transaction that holds the writers' lock; a wait of more than `timeout` seconds is an error.

        One writer at a time, as with SQLite: else id 5 could become visible before id 4, and whoever reads on with
        `after` would never see line 4.
        """
        with self.engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {int(timeout * 1000)}"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS})"))
            yield connection

    def is_busy(self, error):
        return getattr(error, "sqlstate", None) == LOCK_NOT_AVAILABLE
