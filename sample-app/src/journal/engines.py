"""A SQLAlchemy engine for SQLite or PostgreSQL."""

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

# gunicorn's threads; each holds at most one connection.
THREADS = 8


def open_engine(config):
    url = make_url(config["DATABASE_URL"])
    if url.drivername == "sqlite":
        return _sqlite(url.database, config["LOCK_TIMEOUT"])
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return _postgres(url, config)
    raise ValueError(f"DATABASE_URL: '{url.drivername}' is not supported; use postgresql:// or sqlite:///")


def _sqlite(path, lock_timeout):
    def connect():
        # rw: only a migration creates the file. A volume that lost it must not be served as an empty journal.
        connection = sqlite3.connect(
            f"file:{quote(path)}?mode=rw", uri=True, timeout=lock_timeout, isolation_level=None, check_same_thread=False
        )
        # Not WAL: SQLite before 3.51.3 can corrupt a database that two processes have open in that mode.
        connection.execute("PRAGMA journal_mode = TRUNCATE").close()
        connection.execute("PRAGMA synchronous = FULL").close()
        return connection

    # A new connection for each use notices a file that was replaced or removed; opening one takes microseconds.
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection):
        # A transaction that reads first and writes later could find its snapshot outdated: take the lock at once.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(url, config):
    if config["DATABASE_PASSWORD_FILE"]:
        url = url.set(password=Path(config["DATABASE_PASSWORD_FILE"]).read_text().rstrip("\r\n"))
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=THREADS,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 2, "application_name": "journal"},
    )
