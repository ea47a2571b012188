"""The commands in the image: journal-append TEXT, journal-snapshot FILE."""

import os
import sqlite3
import sys

from . import config, entries
from .database import Database, StorageError


def append():
    text = _argument('journal-append "text"')
    settings = config.read()
    try:
        entry, _ = entries.append(Database(settings), entries.check_text(text), settings["APP_VERSION"])
    except (entries.Invalid, *StorageError) as error:
        sys.exit(f"journal-append: {error}")
    print(entry["id"])


def snapshot():
    """A consistent copy while others read and write: the held lock makes the cut exact."""
    target = _argument("journal-snapshot FILE")
    database = Database(config.read())
    if not database.sqlite_path:
        sys.exit("journal-snapshot: the database is PostgreSQL; use pg_dump")
    part = f"{target}.part"
    try:
        if os.path.exists(part):
            os.remove(part)
        with database.write():
            reader = sqlite3.connect(database.sqlite_path)
            reader.execute("VACUUM INTO ?", (part,))
            reader.close()
        os.replace(part, target)
    except (sqlite3.Error, *StorageError) as error:
        sys.exit(f"journal-snapshot: {error}")


def _argument(usage):
    if len(sys.argv) != 2:
        print(f"usage: {usage}", file=sys.stderr)
        sys.exit(2)
    return sys.argv[1]
