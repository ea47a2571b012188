"""How gunicorn serves the Journal: https://docs.gunicorn.org/en/stable/settings.html"""

from __future__ import annotations

import os
from selectors import EVENT_READ
from typing import TYPE_CHECKING

from journal.config import read

if TYPE_CHECKING:
    from gunicorn.workers.gthread import ThreadWorker

wsgi_app = "journal.wsgi:app"
bind = "0.0.0.0:8000"
# One process with threads: its metrics are then complete, and more replicas serve more requests.
# (Set here, because the variable WEB_CONCURRENCY would change the default.)
workers = 1
worker_class = "gthread"
threads = read()["THREADS"]
# The main process loads the application and migrates the schema once; a worker that it replaces starts at once.
# `make dev` sets RELOAD=1 instead: a worker can load changed code only where the main process has not loaded it.
reload = os.environ.get("RELOAD") == "1"
preload_app = not reload
# In seconds. Longer than a proxy keeps an idle connection, so that the application never closes one in use.
keepalive = 75
# In seconds. Shorter than what Docker grants between SIGTERM and SIGKILL (stop_grace_period).
graceful_timeout = 20
# The worker's heartbeat is a file. On a disk it could stall with the disk.
worker_tmp_dir = "/dev/shm"
# The metrics count requests. GUNICORN_CMD_ARGS='--access-logfile -' turns a log on.
accesslog = None


def post_worker_init(worker: ThreadWorker) -> None:
    """Makes an idle worker stop at once, and not up to a second later: while it stops, requests may have to wait.

    A gthread worker sleeps for up to a second in `worker.poller.select(1.0)`, and only then looks whether it should
    stop. Python writes each signal as a byte into `worker.PIPE` (gunicorn asks for that by `signal.set_wakeup_fd`).
    So the worker is told to wait for that pipe too. The byte is read, because it would wake the worker for ever.
    `run` in https://github.com/benoitc/gunicorn/blob/23.0.0/gunicorn/workers/gthread.py has the loop.
    """
    worker.poller.register(worker.PIPE[0], EVENT_READ, lambda pipe: os.read(pipe, 1))
