import pytest


def post(client, text, **headers):
    return client.post("/entries", json={"text": text}, headers=headers)


def test_a_line_posted_is_kept(client):
    answer = post(client, "All for one")
    assert answer.status_code == 201
    assert answer.json["text"] == "All for one"
    assert answer.json["version"] == "1.2.3"
    assert answer.json["createdAt"].endswith("Z")
    assert list(answer.json) == ["id", "text", "createdAt", "version"]
    assert client.get("/entries").json == {"entries": [answer.json], "total": 1}


def test_lines_come_oldest_first_in_pages(client):
    ids = [post(client, f"line {n}").json["id"] for n in range(5)]
    assert ids == sorted(ids)
    first = client.get("/entries?limit=2").json
    assert [entry["id"] for entry in first["entries"]] == ids[:2]
    assert first["total"] == 5
    rest = client.get(f"/entries?after={ids[1]}").json
    assert [entry["id"] for entry in rest["entries"]] == ids[2:]


def test_a_page_holds_100_lines_unless_told(app, client):
    for n in range(101):
        post(client, str(n))
    assert len(client.get("/entries").json["entries"]) == 100
    assert len(client.get("/entries?limit=1000").json["entries"]) == 101


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1_0", "after=-1", "after=1.5", "after=٣", "after=" + "9" * 30],
)
def test_a_bad_page_is_refused_and_quoted(client, query):
    answer = client.get(f"/entries?{query}")
    assert answer.status_code == 400
    name, value = query.split("=")
    assert name in answer.json["error"]
    assert f"'{value[:40]}'" in answer.json["error"]


def test_the_highest_id_is_a_valid_place_to_read_on(client):
    assert client.get(f"/entries?after={2**63 - 1}").json == {"entries": [], "total": 0}


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", "''"),
        (" \n\t", r"' \n\t'"),
        (42, "42"),
        (None, "None"),
        (["x"], "['x']"),
        ("x" * 10_001, "10,001 characters"),
        ("a\0b", r"a\x00b"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_is_no_line_is_refused_and_quoted(client, text, quoted):
    answer = post(client, text)
    assert answer.status_code == 400
    assert quoted in answer.json["error"]
    assert client.get("/entries").json["total"] == 0


@pytest.mark.parametrize("text", ["x" * 10_000, "\N{GRINNING FACE}" * 10_000, "  spaces stay  ", "two\nlines", "'; DROP TABLE entries; --"])
def test_a_line_is_kept_as_it_is(client, text):
    assert post(client, text).status_code == 201
    assert client.get("/entries").json["entries"][0]["text"] == text


@pytest.mark.parametrize(
    ("body", "content_type", "quoted"),
    [
        ("{", "application/json", "JSON"),
        ("[" * 100_000, "application/json", "nested"),
        ('"text"', "application/json", "object"),
        ("{}", "application/json", "text"),
        (b'{"text": "\xff"}', "application/json", "JSON"),
        ('{"text": "x"}', "text/plain", "text/plain"),
        ('{"text": "x"}', None, "Content-Type"),
    ],
)
def test_what_is_no_json_is_refused(client, body, content_type, quoted):
    answer = client.post("/entries", data=body, content_type=content_type)
    assert answer.status_code == 400
    assert quoted in answer.json["error"]
