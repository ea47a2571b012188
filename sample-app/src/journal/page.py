"""The page. It needs no JavaScript, and loads nothing from other sites."""

import base64
import hashlib
import socket
import uuid
from pathlib import Path

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from . import entries
from .keep import keep

blueprint = Blueprint("page", __name__)

SHOWN = 100


@blueprint.get("/")
def index() -> ResponseReturnValue:
    return _render()


def answer_form() -> ResponseReturnValue:
    """Answers the page's form: it leads back to the page, or shows the error and the text as it was."""
    # A browser sends the line ends of a text area as CRLF.
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        keep(entries.check_text(text), entries.check_key(request.form["key"]) if "key" in request.form else None)
    except entries.Invalid as error:
        return _render(400, text, str(error))
    except entries.KeyReused as error:
        return _render(422, text, str(error))
    return redirect("/", 303)


@blueprint.record
def hash_style(state: BlueprintSetupState) -> None:
    """Allows the page its own style, by its hash, and nothing else (Content-Security-Policy)."""
    style = Path(__file__).with_name("templates").joinpath("journal.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    state.app.extensions["journal.style"] = style
    state.app.extensions["journal.headers"] = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


def _render(status: int = 200, text: str = "", error: str | None = None) -> Response:
    found, total = entries.newest(current_app.extensions["journal"], SHOWN)
    html = render_template(
        "index.html",
        entries=found,
        total=total,
        text=text,
        error=error,
        # The idempotency key: a form that is sent twice (double click, reload) keeps one line.
        key=uuid.uuid4(),
        max_characters=entries.MAX_CHARACTERS,
        style=current_app.extensions["journal.style"],
        version=current_app.config["APP_VERSION"],
        revision=current_app.config["APP_REVISION"],
        replica=socket.gethostname(),
    )
    return make_response(html, status, current_app.extensions["journal.headers"])
