import os
from selectors import EVENT_READ

from journal.config import read

wsgi_app = "journal.wsgi:app"
bind = "0.0.0.0:8000"
# One process with threads: its metrics are right without shared files, and replicas are what scales.
# (Said here, because WEB_CONCURRENCY would change the default.)
workers = 1
worker_class = "gthread"
threads = read()["THREADS"]
# In the master, before it forks: the schema is migrated once, and a worker that is replaced is there at once.
# Not with RELOAD=1 (make dev), which has to import again.
reload = os.environ.get("RELOAD") == "1"
preload_app = not reload
# Longer than a proxy keeps an idle connection, so that it is never the application that closes one in use.
keepalive = 75
# Shorter than the time that whoever stops the container grants (stop_grace_period).
graceful_timeout = 20
# A heartbeat on a disk can stall with the disk.
worker_tmp_dir = "/dev/shm"
# Pages and lines are small; metrics count requests. GUNICORN_CMD_ARGS='--access-logfile -' turns a log on.
accesslog = None


def post_worker_init(worker):
    # A gthread worker looks for a stop once a second. The pipe that a signal writes to wakes it at once.
    worker.poller.register(worker.PIPE[0], EVENT_READ, lambda pipe: os.read(pipe, 1))
