"""The API: POST /entries keeps a line, GET /entries lists them."""

import json

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from . import entries, page
from .entries import Invalid
from .keep import keep

blueprint = Blueprint("api", __name__)

MAX_ID = 2**63 - 1
MAX_LIMIT = 1000


@blueprint.post("/entries")
def create_entry() -> ResponseReturnValue:
    if request.mimetype == "application/x-www-form-urlencoded":
        return page.answer_form()
    text = entries.check_text(_read_text())
    key = request.headers.get("Idempotency-Key")
    entry, repeated = keep(text, None if key is None else entries.check_key(key))
    return jsonify(entry), 201, {"Idempotency-Replayed": "true"} if repeated else {}


@blueprint.get("/entries")
def list_entries() -> ResponseReturnValue:
    after = _number("after", default=0, low=0, high=MAX_ID)
    limit = _number("limit", default=100, low=1, high=MAX_LIMIT)
    found, total = entries.page(current_app.extensions["journal"], after, limit)
    return {"entries": found, "total": total}


def _read_text() -> object:
    if not request.is_json:
        raise Invalid(f"Content-Type must be application/json, not '{request.content_type or ''}'")
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise Invalid(f"the body is not JSON: {error}") from None
    except RecursionError:
        raise Invalid("the body is not JSON: nested too deeply") from None
    if not isinstance(body, dict) or "text" not in body:
        raise Invalid('the body must be an object with a text: {"text": "…"}')
    return body["text"]


def _number(name: str, default: int, low: int, high: int) -> int:
    value = request.args.get(name, str(default))
    # int() alone would also accept "1_0", " 1" and digits of other scripts.
    if value.isascii() and value.isdecimal() and len(value) <= 19 and low <= int(value) <= high:
        return int(value)
    raise Invalid(f"{name} must be a whole number from {low} to {high}, not '{value[:40]}'")
