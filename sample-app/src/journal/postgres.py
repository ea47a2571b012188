"""The storage for more than one machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, text

from . import move

# The number of the lock that writers take: any will do, as long as every version uses the same.
WRITERS = 0x6A6F7572
LOCK_NOT_AVAILABLE = "55P03"

# A server whose container is killed closes no connection. Without these probes a request would wait for two hours.
ALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}


class Postgres:
    path = None

    def __init__(self, url: URL, password_file: str | None, pool_size: int, move_from: str | None) -> None:
        self._move_from = move_from
        if password_file:
            url = url.set(password=Path(password_file).read_text().rstrip("\r\n"))
        self.engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=pool_size,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 2, "application_name": "journal", **ALIVE},
        )

    def create(self) -> None:
        """Does nothing: the server has created the database."""

    def fill(self, connection: Connection) -> None:
        """Copies the lines of the SQLite file that MOVE_FROM names into a new database."""
        if self._move_from:
            move.run(connection, self._move_from)

    @contextmanager
    def write(self, timeout: float) -> Iterator[Connection]:
        """A transaction that holds the writers' lock; a wait of more than `timeout` seconds is an error.

        It admits one writer at a time, as SQLite does. Otherwise id 5 could become visible before id 4, and a client
        that reads on with `after` would never see line 4.
        """
        with self.engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = {int(timeout * 1000)}"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS})"))
            yield connection

    def is_busy(self, error: BaseException | None) -> bool:
        """Whether the lock was not free in time."""
        return getattr(error, "sqlstate", None) == LOCK_NOT_AVAILABLE
