import threading
import time
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text


def test_it_names_version_and_revision_and_storage(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "version": "1.2.3", "revision": "abc123", "storage": "ok"}


def test_it_writes_and_nothing_piles_up(app, client):
    for _ in range(3):
        client.get("/healthz")
    with app.extensions["journal"].read() as connection:
        assert connection.execute(text("SELECT beats FROM heartbeat")).all() == [(3,)]


def test_storage_that_cannot_be_written_is_503(app, client):
    with app.extensions["journal"].write() as connection:
        connection.execute(text("ALTER TABLE heartbeat RENAME TO gone"))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json["status"] == "unavailable"
    assert answer.json["storage"].startswith("cannot be written")


def test_storage_that_vanished_is_503_and_no_empty_journal_takes_its_place(sqlite_only, app, client):
    path = Path(app.extensions["journal"].sqlite_path)
    path.unlink()
    assert client.get("/healthz").status_code == 503
    answer = client.post("/entries", json={"text": "lost?"})
    assert answer.status_code == 503
    assert "try again" in answer.json["error"]
    assert not path.exists()


def test_it_starts_without_storage_and_recovers(sqlite_only, make_app, tmp_path):
    client = make_app(DATABASE_URL=f"sqlite:///{tmp_path}/late/journal.db").test_client()
    assert client.get("/healthz").status_code == 503
    (tmp_path / "late").mkdir()
    assert client.get("/healthz").status_code == 200
    assert client.post("/entries", json={"text": "kept"}).status_code == 201


def test_a_lock_held_for_a_moment_is_no_failure(make_app):
    client = make_app(HEALTH_LOCK_TIMEOUT=5).test_client()
    with lock_held_by(make_app(), seconds=0.5):
        assert client.get("/healthz").json["storage"] == "ok"


def test_a_lock_held_longer_is_no_failure_either_until_it_never_ends(make_app):
    client = make_app(HEALTH_LOCK_TIMEOUT=0.2, HEALTH_LOCKED_MAX=1).test_client()
    with lock_held_by(make_app(), seconds=2.5):
        assert client.get("/healthz").json["storage"] == "busy"
        time.sleep(1.1)
        answer = client.get("/healthz")
        assert answer.status_code == 503
        assert answer.json["storage"].startswith("locked for")
    assert client.get("/healthz").json["storage"] == "ok"


@contextmanager
def lock_held_by(app, seconds):
    held = threading.Event()

    def hold():
        with app.extensions["journal"].write():
            held.set()
            time.sleep(seconds)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    yield
    holder.join()
