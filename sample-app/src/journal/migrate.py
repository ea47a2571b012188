"""Schema migrations: once, however many processes start together, and without Alembic where there is nothing to do."""

import logging
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

SCRIPTS = Path(__file__).with_name("migrations")

log = logging.getLogger(__name__)


def run(storage, timeout):
    """Waits at most `timeout` seconds for another process that migrates."""
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


def revisions():
    """Every revision this version knows, oldest first: the numbers that the files begin with."""
    return sorted(path.name.split("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*_*.py"))


def _is_behind(revision):
    # One that is not known was made by a newer version, before a rollback. It is served as it is: a migration keeps
    # what the version before it needs (expand, later contract).
    return revision is None or revision in revisions()[:-1]


def _glance(engine):
    try:
        with engine.connect() as connection:
            return _revision(connection)
    except DBAPIError:
        # No database or no table yet. Where the cause is another, the migration meets it again and reports it.
        return None


def _revision(connection):
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection):
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
