"""Prometheus metrics. Each process counts its own, and a container runs one worker (gunicorn_conf.py)."""

import time

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

BUILD = Gauge("journal_build_info", "The version that runs.", ["version", "revision"])
ENTRIES = Counter("journal_entries_appended", "Lines kept for the first time.")
REQUESTS = Counter("journal_http_requests", "Answers, by route.", ["method", "route", "status"])
SECONDS = Histogram("journal_http_request_seconds", "Time to answer, by route.", ["route"])

METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


def init_app(app: Flask) -> None:
    BUILD.labels(app.config["APP_VERSION"], app.config["APP_REVISION"]).set(1)
    app.before_request(_start)
    app.after_request(_count)
    app.add_url_rule("/metrics", "metrics", _metrics)


def _metrics() -> ResponseReturnValue:
    return generate_latest(), {"Content-Type": CONTENT_TYPE_LATEST}


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    # A caller can invent paths and methods without end, and each would stay as a series of its own.
    route = request.url_rule.rule if request.url_rule else "other"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(route).observe(time.perf_counter() - g.started)
    return response
