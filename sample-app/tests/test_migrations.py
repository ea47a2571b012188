import gc
import multiprocessing
import sys
import subprocess

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from journal import create_app, migrate
from sqlalchemy import text
from sqlalchemy.exc import OperationalError


def revision(app):
    with app.extensions["journal"].read() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


def change(app, *statements):
    with app.extensions["journal"].write() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_the_files_names_are_alembics_revisions(app):
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    script = ScriptDirectory.from_config(config)
    assert migrate.revisions() == [step.revision for step in script.walk_revisions()][::-1]
    assert revision(app) == script.get_current_head()


def test_a_start_with_nothing_to_migrate_does_not_load_alembic(settings, app):
    code = f"from journal import create_app; create_app({settings!r}); import sys; sys.exit('alembic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_older_database_is_brought_up_to_date_with_its_lines(app, make_app):
    app.test_client().post("/entries", json={"text": "old"})
    change(app, "DROP TABLE heartbeat", "UPDATE alembic_version SET version_num = '0001'")
    newer = make_app()
    assert revision(newer) == migrate.revisions()[-1]
    assert newer.test_client().get("/healthz").status_code == 200
    assert newer.test_client().get("/entries").json["total"] == 1


def test_a_newer_database_is_served_as_it_is(app, make_app):
    change(app, "ALTER TABLE entries ADD COLUMN mood TEXT", "UPDATE alembic_version SET version_num = '9999'")
    client = make_app().test_client()
    assert client.post("/entries", json={"text": "from the old version"}).status_code == 201
    assert client.get("/entries").json["total"] == 1
    assert client.get("/healthz").status_code == 200
    assert revision(app) == "9999"


def test_a_migration_that_fails_leaves_nothing_behind(settings, make_app, monkeypatch):
    def fail_half_way(connection):
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("half way")

    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_upgrade", fail_half_way)
        with pytest.raises(RuntimeError):
            make_app()
        # A connection that was left open is reported when it is collected.
        gc.collect()
    with pytest.raises(Exception, match="half"), make_app().extensions["journal"].read() as connection:
        connection.execute(text("SELECT * FROM half"))


def test_processes_that_start_together_migrate_once(settings):
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(4)
    results = context.Queue()
    replicas = [context.Process(target=start_replica, args=(settings, start, results)) for _ in range(4)]
    for replica in replicas:
        replica.start()
    outcomes = [results.get(timeout=60) for _ in replicas]
    for replica in replicas:
        replica.join()
    assert sorted(outcomes) == [(0, 201), (0, 201), (0, 201), (1, 201)]


def start_replica(settings, start, results):
    upgrades = []
    upgrade = migrate._upgrade
    migrate._upgrade = lambda connection: (upgrades.append(1), upgrade(connection))
    start.wait()
    app = create_app(settings)
    results.put((len(upgrades), app.test_client().post("/entries", json={"text": "here"}).status_code))
