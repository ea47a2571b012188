"""Copies of the SQLite database, and what a database holds, so that a copy can be compared."""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from .sqlite import examined


def take(storage, folder, timeout):
    """A consistent copy while others read and write: the held lock makes the cut exact. Returns its description."""
    target = Path(folder, storage.path.name)
    if target.exists():
        raise FileExistsError(f"{target} is there already: name an empty folder")
    # A copy that fails leaves a file of 0 bytes: it gets its place, and its name, when it is whole.
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


def describe(path):
    """The schema's revision, and of each table the rows and a digest of the newest. Refuses what is no whole database."""
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


def revision(reader):
    rows = reader.execute("SELECT version_num FROM alembic_version").fetchall()
    if len(rows) != 1:
        raise sqlite3.DatabaseError("it holds no schema revision")
    return rows[0][0]


def _describe_table(reader, name):
    table = '"' + name.replace('"', '""') + '"'
    columns = len(reader.execute(f"SELECT * FROM {table} LIMIT 0").description)
    # By the first column, the id, and by all others, so that the answer is one also where that is not unique.
    order = ", ".join(f"{number} DESC" for number in range(1, columns + 1))
    newest = reader.execute(f"SELECT * FROM {table} ORDER BY {order} LIMIT 1").fetchone()
    return {
        "rows": reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0],
        "newest": newest and hashlib.sha256(ascii(newest).encode()).hexdigest()[:16],
    }


def _sync(path):
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
