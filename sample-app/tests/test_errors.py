import pytest
from journal import entries


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/entries", 405), ("GET", "/slow?seconds=0", 404), ("MADEUP", "/", 405)],
)
def test_every_error_is_json(client, method, path, status):
    answer = client.open(path, method=method)
    assert answer.status_code == status
    assert answer.json["error"]
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_body_too_large_is_refused(client):
    answer = client.post("/entries", data=b"x" * (256 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
    assert answer.json["error"]


def test_a_mistake_of_ours_is_json_and_says_nothing_of_its_inside(client, monkeypatch):
    monkeypatch.setattr(entries, "page", lambda *_: 1 / 0)
    answer = client.get("/entries")
    assert answer.status_code == 500
    assert answer.json == {"error": "Internal Server Error"}


def test_the_slow_route_is_there_when_asked_for(make_app):
    client = make_app(SLOW_ROUTES=True).test_client()
    assert client.get("/slow?seconds=0.01").json == {"slept": 0.01}
    assert client.get("/slow?seconds=31").status_code == 400
    assert client.get("/slow?seconds=nan").status_code == 400
