"""Lines: which ones are accepted, and how they are written and read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.exc import IntegrityError

from .schema import entries

if TYPE_CHECKING:
    from .database import Database

MAX_CHARACTERS = 10_000

type Entry = dict[str, Any]


class Invalid(ValueError):
    """The caller's mistake; the message is for the caller."""


class KeyReused(Exception):
    """The idempotency key belongs to another text."""


def check_text(text: object) -> str:
    """The text, where it can be kept; otherwise Invalid says why not."""
    if not isinstance(text, str):
        raise Invalid(f"text must be a string, not {_quote(text)}")
    if not text.strip():
        raise Invalid(f"text must not be empty: {_quote(text)}")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"text has {len(text):,} characters, at most {MAX_CHARACTERS:,} are kept: {_quote(text)}")
    # PostgreSQL can store neither.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(f"text must not hold NUL characters or lone surrogates: {_quote(text)}")
    return text


def check_key(key: str) -> str:
    """The idempotency key, where it is a valid one; otherwise Invalid says why not."""
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Invalid(f"Idempotency-Key must be 1 to 255 printable ASCII characters: {_quote(key)}")
    return key


def append(database: Database, text: str, version: str, key: str | None = None) -> tuple[Entry, bool]:
    """Keeps a checked text durably. Returns its entry, and whether an earlier call with this key had kept it."""
    values = {
        "text": text,
        "created_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "version": version,
        "idempotency_key": key,
    }
    try:
        with database.write() as connection:
            values["id"] = connection.execute(insert(entries).values(values).returning(entries.c.id)).scalar_one()
        return _as_json(values), False
    except IntegrityError:
        # Only the key can clash, and only with a line that is committed.
        with database.read() as connection:
            first = connection.execute(select(entries).where(entries.c.idempotency_key == key)).mappings().one()
        if first["text"] != text:
            raise KeyReused(f"Idempotency-Key {_quote(key)} was used for another text: {_quote(first['text'])}") from None
        return _as_json(first), True


def page(database: Database, after: int, limit: int) -> tuple[list[Entry], int]:
    """At most `limit` lines that follow id `after`, oldest first; and the number of all lines."""
    query = select(entries).where(entries.c.id > after).order_by(entries.c.id).limit(limit)
    return _fetch(database, query)


def newest(database: Database, limit: int) -> tuple[list[Entry], int]:
    """At most `limit` lines, newest first; and the number of all lines."""
    return _fetch(database, select(entries).order_by(entries.c.id.desc()).limit(limit))


def _fetch(database: Database, query: Select[Any]) -> tuple[list[Entry], int]:
    with database.read() as connection:
        total = connection.execute(select(func.count()).select_from(entries)).scalar_one()
        return [_as_json(row) for row in connection.execute(query).mappings()], total


def _as_json(row: Mapping[Any, Any]) -> Entry:
    return {"id": row["id"], "text": row["text"], "createdAt": row["created_at"], "version": row["version"]}


def _quote(value: object) -> str:
    shown = ascii(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
