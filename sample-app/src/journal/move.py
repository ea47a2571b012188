"""The move from SQLite to PostgreSQL: it copies every line of a file into a new database."""

import logging
import sqlite3

from sqlalchemy import Connection, Table, func, select, text

from . import migrate, snapshot
from .schema import metadata
from .sqlite import examined

log = logging.getLogger(__name__)

BATCH = 1000


def run(connection: Connection, path: str) -> None:
    """Copies within the transaction that creates the schema, so that a failure leaves the database new."""
    with examined(path) as reader:
        reader.row_factory = sqlite3.Row
        found, newest = snapshot.revision(reader), migrate.revisions()[-1]
        if found != newest:
            raise sqlite3.DatabaseError(
                f"its schema is {found}, and this version's {newest}: deploy this version on SQLite first, then move"
            )
        moved = [f"{_move_table(connection, reader, table)} {table.name}" for table in metadata.sorted_tables]
    log.warning("moved from %s: %s", path, ", ".join(moved))


def _move_table(connection: Connection, reader: sqlite3.Connection, table: Table) -> int:
    # The file has its own copy of the rows that the migrations insert.
    connection.execute(table.delete())
    rows = reader.execute(f"SELECT {', '.join(table.columns.keys())} FROM {table.name}")
    while batch := rows.fetchmany(BATCH):
        connection.execute(table.insert(), [dict(row) for row in batch])

    expected = reader.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    if count != expected:
        raise sqlite3.DatabaseError(f"of {expected} rows of {table.name}, {count} arrived")

    # sqlite_sequence remembers the ids of removed lines too, and no id may be given twice.
    key = table.autoincrement_column.name
    ids = f"SELECT max({key}) FROM {table.name} UNION SELECT seq FROM sqlite_sequence WHERE name = '{table.name}'"
    last = max(row[0] or 0 for row in reader.execute(ids))
    connection.execute(
        text("SELECT setval(pg_get_serial_sequence(:table, :key), :next, false)"),
        {"table": table.name, "key": key, "next": last + 1},
    )
    return count
