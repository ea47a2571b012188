"""The commands in the image: journal-append TEXT, journal-snapshot FOLDER, journal-describe."""

import json
import sys
from collections.abc import Callable
from typing import Any

from . import config, entries
from . import snapshot as copies
from .database import Database, StorageError, open_storage
from .postgres import Postgres
from .sqlite import Sqlite


def append() -> None:
    (text,) = _arguments('journal-append "text"', 1)
    settings = config.read()
    try:
        entry, _ = entries.append(Database(settings), entries.check_text(text), settings["APP_VERSION"])
    except (entries.Invalid, *StorageError) as error:
        sys.exit(f"journal-append: {error}")
    print(entry["id"])


def snapshot() -> None:
    (folder,) = _arguments("journal-snapshot FOLDER", 1)
    settings = config.read()
    _print("journal-snapshot", settings, lambda storage: copies.take(storage, folder, settings["LOCK_TIMEOUT"]))


def describe() -> None:
    _arguments("journal-describe", 0)
    _print("journal-describe", config.read(), lambda storage: copies.describe(storage.path))


def _print(command: str, settings: config.Settings, description: Callable[[Sqlite], dict[str, Any]]) -> None:
    try:
        # Opened as it is, because a Database would first create or migrate it.
        storage = open_storage(settings)
        if isinstance(storage, Postgres):
            sys.exit(f"{command}: the database is PostgreSQL; use pg_dump")
        print(json.dumps(description(storage)))
    except StorageError as error:
        sys.exit(f"{command}: {getattr(error, 'orig', error)}")


def _arguments(usage: str, count: int) -> list[str]:
    if len(sys.argv) != count + 1:
        print(f"usage: {usage}", file=sys.stderr)
        sys.exit(2)
    return sys.argv[1:]
