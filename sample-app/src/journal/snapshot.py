"""Copies the SQLite database, and describes what a database holds, so that a copy can be compared with it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .schema import heartbeat
from .sqlite import Sqlite, examined

# The health check rewrites its row all the time: that changes no data.
PASSING = {heartbeat.name}


def take(storage: Sqlite, folder: str, timeout: float) -> dict[str, Any]:
    """Copies while others read and write; the lock makes the copy one of a single moment. Returns its description."""
    target = Path(folder, storage.path.name)
    if target.exists():
        raise FileExistsError(f"{target} is there already: name an empty folder")
    # A copy that fails leaves a file of 0 bytes. So it is made elsewhere, and gets its name once it is whole.
    with TemporaryDirectory(dir=folder) as work:
        part = Path(work, target.name)
        with storage.write(timeout), closing(sqlite3.connect(storage.path)) as reader:
            reader.execute("VACUUM INTO ?", (str(part),))
        shutil.copymode(storage.path, part)
        description = describe(part)
        _sync(part)
        part.rename(target)
    _sync(folder)
    return description


def describe(path: Path) -> dict[str, Any]:
    """The schema's revision, and the number of rows and a digest of the newest row of each table.

    A file that is not a whole database raises sqlite3.DatabaseError.
    """
    with examined(path) as reader:
        names = [name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            "schema": revision(reader),
            "bytes": os.stat(path).st_size,
            "tables": {
                name: _describe_table(reader, name)
                for name in names
                if name != "alembic_version" and not name.startswith("sqlite_")
            },
        }


def revision(reader: sqlite3.Connection) -> str:
    """The schema's revision; sqlite3.DatabaseError where there is none."""
    rows = reader.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(rows) != 1:
        raise sqlite3.DatabaseError("it holds no schema revision")
    return rows[0][0]


def _describe_table(reader: sqlite3.Connection, name: str) -> dict[str, Any]:
    table = '"' + name.replace('"', '""') + '"'
    counted = {"rows": reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0]}
    if name in PASSING:
        return counted
    columns = len(reader.execute(f"SELECT * FROM {table} LIMIT 0").description)
    # By the first column, the id, and then by all others, so that one row is the newest even where ids repeat.
    order = ", ".join(f"{number} DESC" for number in range(1, columns + 1))
    newest = reader.execute(f"SELECT * FROM {table} ORDER BY {order} LIMIT 1").fetchone()
    return {**counted, "newest": newest and hashlib.sha256(ascii(newest).encode()).hexdigest()[:16]}


def _sync(path: str | Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
