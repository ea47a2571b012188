"""Prometheus metrics. They are this process's, and right because a container runs one worker (gunicorn_conf.py)."""

import time

from flask import g, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

BUILD = Gauge("journal_build_info", "The version that runs.", ["version", "revision"])
ENTRIES = Counter("journal_entries_appended", "Lines kept for the first time.")
REQUESTS = Counter("journal_http_requests", "Answers, by route.", ["method", "route", "status"])
SECONDS = Histogram("journal_http_request_seconds", "Time to answer, by route.", ["route"])

METHODS = {"GET", "HEAD", "POST", "OPTIONS"}


def init_app(app):
    BUILD.labels(app.config["APP_VERSION"], app.config["APP_REVISION"]).set(1)
    app.before_request(_start)
    app.after_request(_count)
    app.add_url_rule("/metrics", "metrics", _metrics)


def _metrics():
    return generate_latest(), {"Content-Type": CONTENT_TYPE_LATEST}


def _start():
    g.started = time.perf_counter()


def _count(response):
    # A caller can make up any path and method: each would be a series for ever.
    route = request.url_rule.rule if request.url_rule else "other"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(route).observe(time.perf_counter() - g.started)
    return response
