"""The page. It needs no JavaScript and nothing from elsewhere."""

import base64
import hashlib
import socket
import uuid

from flask import Blueprint, current_app, make_response, redirect, render_template, request

from . import entries
from .keep import keep

blueprint = Blueprint("page", __name__)

SHOWN = 100


@blueprint.get("/")
def index():
    return _render()


def answer_form():
    """Answers the page's form: back to the page, or the page again with what is wrong and the text as it was."""
    # A browser sends line ends of a text area as CRLF.
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        keep(entries.check_text(text), entries.check_key(request.form["key"]) if "key" in request.form else None)
    except entries.Invalid as error:
        return _render(400, text, str(error))
    except entries.KeyReused as error:
        return _render(422, text, str(error))
    return redirect("/", 303)


@blueprint.record
def hash_style(state):
    style, _, _ = state.app.jinja_env.loader.get_source(state.app.jinja_env, "journal.css")
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


def _render(status=200, text="", error=None):
    found, total = entries.newest(current_app.extensions["journal"], SHOWN)
    html = render_template(
        "index.html",
        entries=found,
        total=total,
        text=text,
        error=error,
        # A form sent twice (double click, reload) keeps one line.
        key=uuid.uuid4(),
        max_characters=entries.MAX_CHARACTERS,
        style=current_app.extensions["journal.style"],
        version=current_app.config["APP_VERSION"],
        revision=current_app.config["APP_REVISION"],
        replica=socket.gethostname(),
    )
    return make_response(html, status, current_app.extensions["journal.headers"])
