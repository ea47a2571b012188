import os

import pytest
from journal import create_app
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url


@pytest.fixture
def settings(tmp_path):
    """Of an empty database: a file, or a schema of its own in TEST_DATABASE_URL."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        yield {"DATABASE_URL": f"sqlite:///{tmp_path}/journal.db", "TESTING": True}
        return
    url = make_url(url).set(drivername="postgresql+psycopg")
    _run(url, "DROP SCHEMA IF EXISTS test CASCADE", "CREATE SCHEMA test")
    own = url.update_query_dict({"options": "-csearch_path=test"}).render_as_string(hide_password=False)
    yield {"DATABASE_URL": own, "TESTING": True}
    _run(url, "DROP SCHEMA test CASCADE")


@pytest.fixture
def make_app(settings):
    apps = []

    def make(**changes):
        apps.append(create_app({**settings, "APP_VERSION": "1.2.3", "APP_REVISION": "abc123", **changes}))
        return apps[-1]

    yield make
    for app in apps:
        app.extensions["journal"].close()


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def sqlite_only(settings):
    if not settings["DATABASE_URL"].startswith("sqlite"):
        pytest.skip("about SQLite")


@pytest.fixture
def postgres_only(settings):
    if settings["DATABASE_URL"].startswith("sqlite"):
        pytest.skip("about PostgreSQL")


def _run(url, *statements):
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
