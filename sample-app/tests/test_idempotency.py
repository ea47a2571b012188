from concurrent.futures import ThreadPoolExecutor

import pytest


def post(client, text, key):
    return client.post("/entries", json={"text": text}, headers={"Idempotency-Key": key})


def test_a_repeat_returns_the_first_answer(make_app):
    first = post(make_app(APP_VERSION="1.0.0").test_client(), "once", "k1")
    client = make_app(APP_VERSION="2.0.0").test_client()
    again = post(client, "once", "k1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert client.get("/entries").json["total"] == 1


def test_a_key_used_for_another_text_is_refused(client):
    post(client, "once", "k1")
    answer = post(client, "other", "k1")
    assert answer.status_code == 422
    assert "'k1'" in answer.json["error"]
    assert "'once'" in answer.json["error"]
    assert client.get("/entries").json["total"] == 1


def test_without_a_key_or_with_another_a_line_is_new(client):
    ids = {post(client, "same", key).json["id"] for key in ("a", "b")}
    ids |= {client.post("/entries", json={"text": "same"}).json["id"] for _ in range(2)}
    assert len(ids) == 4


@pytest.mark.parametrize("key", ["", "x" * 256, "schlüssel"])
def test_a_bad_key_is_refused(client, key):
    answer = post(client, "once", key)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json["error"]


def test_two_replicas_with_one_key_at_once_keep_one_line(make_app):
    replicas = [make_app().test_client() for _ in range(4)]
    for n in range(10):
        with ThreadPoolExecutor(len(replicas)) as pool:
            answers = list(pool.map(lambda client, n=n: post(client, f"line {n}", f"key {n}"), replicas))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.data for answer in answers}) == 1
    assert replicas[0].get("/entries").json["total"] == 10
