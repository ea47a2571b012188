import re

import pytest


def test_it_shows_lines_version_revision_and_replica(client, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "replica-7")
    client.post("/entries", json={"text": "older"})
    client.post("/entries", json={"text": "newer"})
    html = client.get("/").text
    assert html.index("<p>newer") < html.index("<p>older")
    for shown in ("1.2.3", "abc123", "replica-7", "2 lines"):
        assert shown in html


def test_an_empty_journal_says_so(client):
    assert "Nothing is kept yet" in client.get("/").text


def test_it_escapes_what_others_wrote(client):
    client.post("/entries", json={"text": "<script>alert(1)</script>"})
    html = client.get("/").text
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_its_policy_allows_its_own_style_and_nothing_else(client):
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)="(?!data:|#)""", answer.text)


def test_the_form_keeps_a_line_and_leads_back(client):
    answer = client.post("/entries", data={"text": "by hand\r\nin two", "key": key_of(client)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/entries").json["entries"][0]["text"] == "by hand\nin two"


def test_the_form_sent_twice_keeps_one_line(client):
    form = {"text": "once", "key": key_of(client)}
    assert [client.post("/entries", data=form).status_code for _ in range(2)] == [303, 303]
    assert client.get("/entries").json["total"] == 1


@pytest.mark.parametrize(("text", "status"), [("", 400), ("x" * 10_001, 400), ("other", 422)])
def test_the_form_says_what_is_wrong_and_keeps_the_text(client, text, status):
    key = key_of(client)
    client.post("/entries", data={"text": "first", "key": key})
    answer = client.post("/entries", data={"text": text, "key": key})
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert 'role="alert"' in answer.text
    assert f"{text}</textarea>" in answer.text


def key_of(client):
    return re.search(r'name="key" value="([^"]+)"', client.get("/").text).group(1)
