import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from journal import create_app
from sqlalchemy import text


@pytest.fixture
def file(postgres_only, tmp_path):
    """A journal of 2,500 lines, from which others were removed."""
    path = tmp_path / "journal.db"
    app = create_app({"DATABASE_URL": f"sqlite:///{path}", "APP_VERSION": "1.0.0"})
    line = text("INSERT INTO entries (text, created_at, version) VALUES (:text, '2026-11-21T04:50:27.334Z', '1.0.0')")
    with app.extensions["journal"].write() as connection:
        connection.execute(line, [{"text": f"line {number}"} for number in range(2500)])
    app.test_client().post("/entries", json={"text": "\N{GRINNING FACE}\n2"}, headers={"Idempotency-Key": "k1"})
    change(path, "DELETE FROM entries WHERE id = 7")
    change(path, "UPDATE sqlite_sequence SET seq = 3000")
    change(path, "UPDATE heartbeat SET beats = 42")
    return path


def test_every_line_arrives_as_it_was_and_the_next_id_follows(file, make_app, caplog):
    before = file.read_bytes()
    app = make_app(MOVE_FROM=str(file))
    assert lines(app) == lines(create_app({"DATABASE_URL": f"sqlite:///{file}"}))
    assert f"moved from {file}: 2500 entries, 1 heartbeat" in caplog.messages
    assert file.read_bytes() == before

    client = app.test_client()
    assert client.post("/entries", json={"text": "next"}).json["id"] == 3001
    again = client.post("/entries", json={"text": "\N{GRINNING FACE}\n2"}, headers={"Idempotency-Key": "k1"})
    assert (again.json["id"], again.headers["Idempotency-Replayed"]) == (2501, "true")


def test_replicas_that_start_together_move_once(file, make_app, caplog):
    with ThreadPoolExecutor(4) as pool:
        replicas = list(pool.map(lambda _: make_app(MOVE_FROM=str(file)), range(4)))
    assert [replica.test_client().get("/entries").json["total"] for replica in replicas] == [2500] * 4
    assert sum(message.startswith("moved from") for message in caplog.messages) == 1


def test_an_empty_journal_moves_too(file, make_app):
    change(file, "DELETE FROM entries")
    change(file, "DELETE FROM sqlite_sequence")
    assert make_app(MOVE_FROM=str(file)).test_client().post("/entries", json={"text": "first"}).json["id"] == 1


def test_a_database_that_is_not_new_stays_as_it_is(file, make_app):
    make_app().test_client().post("/entries", json={"text": "mine"})
    assert make_app(MOVE_FROM=str(file)).test_client().get("/entries").json["total"] == 1
    assert make_app(MOVE_FROM="/none").test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda file: file.unlink(), "unable to open"),
        (lambda file: file.write_bytes(b""), "empty"),
        (lambda file: file.write_bytes(b"x" * 4096), "not a database"),
        (lambda file: file.write_bytes(file.read_bytes()[:-4096]), "malformed"),
        (lambda file: change(file, "DELETE FROM alembic_version"), "revision"),
        (lambda file: change(file, "UPDATE alembic_version SET version_num = '0001'"), "its schema is 0001"),
        (lambda file: change(file, "UPDATE alembic_version SET version_num = '9999'"), "its schema is 9999"),
        (lambda file: change(file, "UPDATE entries SET text = char(0) WHERE id = 2499"), "NUL"),
    ],
)
def test_a_file_that_cannot_be_moved_whole_is_an_error_and_leaves_the_database_new(file, make_app, damage, reason):
    whole = file.read_bytes()
    damage(file)
    client = make_app(MOVE_FROM=str(file)).test_client()
    answer = client.get("/healthz")
    assert (answer.status_code, client.post("/entries", json={"text": "lost?"}).status_code) == (503, 503)
    assert reason in answer.json["storage"]
    file.write_bytes(whole)
    assert client.get("/healthz").status_code == 200
    assert client.get("/entries").json["total"] == 2500


def lines(app):
    with app.extensions["journal"].read() as connection:
        tables = "entries", "heartbeat"
        return [connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).all() for table in tables]


def change(path, statement):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
