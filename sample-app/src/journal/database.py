import logging
import threading
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from . import migrate
from .engines import open_engine

log = logging.getLogger(__name__)

# Any number will do, as long as every version of the application uses the same.
ADVISORY_LOCK = 0x6A6F7572


class Busy(Exception):
    """Another writer held the lock for the whole wait."""


class Database:
    def __init__(self, config):
        self._engine = open_engine(config)
        self._writer = self._engine.execution_options(writes=True)
        self._lock_timeout = config["LOCK_TIMEOUT"]
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        # SQLite's own wait polls; threads of one process queue here instead.
        self._queue = threading.Lock()
        self._migrated = False
        self._sqlite_path = self._engine.url.database
        if self._is_sqlite:
            from sqlalchemy.engine import make_url

            self._sqlite_path = make_url(config["DATABASE_URL"]).database

    @property
    def sqlite_path(self):
        return self._sqlite_path if self._is_sqlite else None
