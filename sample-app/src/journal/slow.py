"""GET /slow: an answer that takes its time, for tests of a graceful stop. It exists only with SLOW_ROUTES=1."""

import time

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from .entries import Invalid

blueprint = Blueprint("slow", __name__)

MAX_SECONDS = 30


@blueprint.get("/slow")
def slow() -> ResponseReturnValue:
    value = request.args.get("seconds", "1")
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= MAX_SECONDS:
        raise Invalid(f"seconds must be a number from 0 to {MAX_SECONDS}, not '{value[:40]}'")
    time.sleep(seconds)
    return {"slept": seconds}
