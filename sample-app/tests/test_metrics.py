def test_it_counts_lines_and_answers(client):
    before = read(client)
    client.post("/entries", json={"text": "counted"}, headers={"Idempotency-Key": "k"})
    client.post("/entries", json={"text": "counted"}, headers={"Idempotency-Key": "k"})
    client.get("/made-up-path")
    after = read(client)

    def grown(name):
        return after.get(name, 0) - before.get(name, 0)

    assert grown("journal_entries_appended_total") == 1
    assert grown('journal_http_requests_total{method="POST",route="/entries",status="201"}') == 2
    assert grown('journal_http_requests_total{method="GET",route="other",status="404"}') == 1
    assert after['journal_build_info{revision="abc123",version="1.2.3"}'] == 1
    assert not any("made-up-path" in name for name in after)


def read(client):
    answer = client.get("/metrics")
    assert answer.mimetype == "text/plain"
    lines = (line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}
