import os
import sqlite3
import subprocess
import sys

import pytest


@pytest.fixture
def run(settings):
    def run(command, *args):
        code = f"from journal.cli import {command}; {command}()"
        env = {**os.environ, "DATABASE_URL": settings["DATABASE_URL"], "APP_VERSION": "1.2.3"}
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


def test_a_snapshot_is_a_whole_database(sqlite_only, run, client, tmp_path):
    client.post("/entries", json={"text": "saved"})
    target = tmp_path / "snapshot.db"
    for _ in range(2):
        assert run("snapshot", str(target)).returncode == 0
    copy = sqlite3.connect(target)
    assert copy.execute("SELECT text FROM entries").fetchall() == [("saved",)]
    assert copy.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    copy.close()


def test_a_snapshot_of_postgresql_is_pg_dumps(postgres_only, run, tmp_path):
    result = run("snapshot", str(tmp_path / "snapshot.db"))
    assert result.returncode == 1
    assert "pg_dump" in result.stderr
