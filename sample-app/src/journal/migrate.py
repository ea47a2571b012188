"""Schema migrations. They run once, however many processes start together; Alembic is loaded only to migrate."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from .postgres import Postgres
    from .sqlite import Sqlite

SCRIPTS = Path(__file__).with_name("migrations")

log = logging.getLogger(__name__)


def run(storage: Sqlite | Postgres, timeout: float) -> None:
    """Migrates the schema if it is behind. Waits at most `timeout` seconds for another process that does."""
    if not _is_behind(_glance(storage.engine)):
        return
    storage.create()
    with storage.write(timeout) as connection:
        # Another process may have migrated while this one waited for the lock.
        has_table = inspect(connection).has_table("alembic_version")
        revision = _revision(connection) if has_table else None
        if _is_behind(revision):
            _upgrade(connection)
            if revision is None:
                storage.fill(connection)
            log.warning("schema migrated from %s to %s", revision or "nothing", revisions()[-1])


def revisions() -> list[str]:
    """Every revision that this version knows, oldest first: the numbers with which the file names begin."""
    return sorted(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def _is_behind(revision: str | None) -> bool:
    # After a rollback, the schema can have a revision that only a newer version knows. It is used as it is, because a
    # migration keeps all that the version before it needs (it expands now, and contracts in a later version).
    return revision is None or revision in revisions()[:-1]


def _glance(engine: Engine) -> str | None:
    try:
        with engine.connect() as connection:
            return _revision(connection)
    except DBAPIError:
        # There is no database or no table yet. The migration meets any other cause again, and reports it.
        return None


def _revision(connection: Connection) -> str | None:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
