import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from sqlalchemy import text


@pytest.fixture
def run(settings):
    def run(command, *args, url=settings["DATABASE_URL"]):
        code = f"from journal.cli import {command}; {command}()"
        env = {**os.environ, "DATABASE_URL": url, "APP_VERSION": "1.2.3"}
        env["PYTHONPATH"] = os.pathsep.join(sys.path)
        return subprocess.run([sys.executable, "-c", code, *args], env=env, capture_output=True, text=True, timeout=60)

    return run


def test_append_keeps_a_line_and_prints_its_id(run, client):
    result = run("append", "from the shell")
    assert (result.returncode, result.stderr.count("Traceback")) == (0, 0)
    entry = client.get("/entries").json["entries"][0]
    assert result.stdout == f"{entry['id']}\n"
    assert (entry["text"], entry["version"]) == ("from the shell", "1.2.3")


@pytest.mark.parametrize(("args", "status"), [([], 2), (["a", "b"], 2), ([" "], 1), ([b"\xff"], 1)])
def test_append_refuses_what_the_service_refuses(run, client, args, status):
    result = run("append", *args)
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr
    assert client.get("/entries").json["total"] == 0


def test_a_snapshot_is_a_whole_database_alone_in_its_folder(sqlite_only, run, client, live, tmp_path):
    client.post("/entries", json={"text": "saved"})
    live.chmod(0o640)
    (tmp_path / "copy").mkdir()
    assert run("snapshot", str(tmp_path / "copy")).returncode == 0
    (copy,) = (tmp_path / "copy").iterdir()
    assert (copy.name, copy.stat().st_mode & 0o777) == ("journal.db", 0o640)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT text FROM entries").fetchall() == [("saved",)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_snapshot_says_what_the_copy_holds_as_its_description_does(sqlite_only, run, client, tmp_path):
    for number in range(12):
        client.post("/entries", json={"text": f"line {number}"})
    (tmp_path / "copy").mkdir()
    taken = run("snapshot", str(tmp_path / "copy"))
    found = json.loads(taken.stdout)
    assert (taken.stdout.count("\n"), found["schema"]) == (1, "0002")
    assert found["bytes"] == (tmp_path / "copy/journal.db").stat().st_size
    assert {name: table["rows"] for name, table in found["tables"].items()} == {"entries": 12, "heartbeat": 1}
    (tmp_path / "copy").chmod(0o555)
    assert run("describe", url=f"sqlite:///{tmp_path}/copy/journal.db").stdout == taken.stdout

    assert run("append", "another").returncode == 0
    assert client.get("/healthz").status_code == 200
    after = json.loads(run("describe").stdout)["tables"]
    assert after["entries"]["newest"] != found["tables"]["entries"]["newest"]
    assert after["heartbeat"] == found["tables"]["heartbeat"]


def test_a_snapshot_makes_no_migration(sqlite_only, run, app, tmp_path):
    with app.extensions["journal"].write() as connection:
        connection.execute(text("DROP TABLE heartbeat"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    (tmp_path / "copy").mkdir()
    found = json.loads(run("snapshot", str(tmp_path / "copy")).stdout)
    assert (found["schema"], list(found["tables"])) == ("0001", ["entries"])
    assert found["tables"]["entries"] == {"rows": 0, "newest": None}


def test_a_snapshot_that_fails_leaves_nothing(sqlite_only, run, app, live, tmp_path):
    (tmp_path / "copy").mkdir()
    change(live, "DELETE FROM alembic_version")
    for folder, reason in ((tmp_path / "copy", "revision"), (tmp_path / "none", "none"), (live, "Not a directory")):
        result = run("snapshot", str(folder))
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
        assert reason in result.stderr
    assert list((tmp_path / "copy").iterdir()) == []


def test_a_snapshot_replaces_nothing(sqlite_only, run, client, live, tmp_path):
    before = live.read_bytes()
    result = run("snapshot", str(tmp_path))
    assert (result.returncode, live.read_bytes()) == (1, before)
    assert "is there already" in result.stderr


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda live: live.unlink(), "unable to open"),
        (lambda live: live.write_bytes(b""), "empty"),
        (lambda live: live.write_bytes(b"x" * 4096), "not a database"),
        (lambda live: live.write_bytes(live.read_bytes()[:-4096]), "malformed"),
        (lambda live: change(live, "DROP TABLE alembic_version"), "alembic_version"),
        (lambda live: change(live, "DELETE FROM alembic_version"), "revision"),
    ],
)
def test_a_description_of_no_whole_database_is_refused(sqlite_only, run, app, live, damage, reason):
    damage(live)
    state = live.read_bytes() if live.exists() else None
    result = run("describe")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert f"{live}: " in result.stderr
    assert reason in result.stderr
    assert (live.read_bytes() if live.exists() else None) == state


def test_a_description_takes_no_lock_that_a_writer_has(sqlite_only, run, app):
    with app.extensions["journal"].write():
        assert run("describe").returncode == 0


@pytest.mark.parametrize(("command", "args"), [("snapshot", ["/tmp"]), ("describe", [])])
def test_a_snapshot_of_postgresql_is_pg_dumps(postgres_only, run, command, args):
    result = run(command, *args)
    assert result.returncode == 1
    assert "pg_dump" in result.stderr


@pytest.fixture
def live(tmp_path):
    return tmp_path / "journal.db"


def change(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
