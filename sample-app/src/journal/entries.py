"""Lines: what is accepted, how one is kept, how they are read."""

from datetime import UTC, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from .schema import entries

MAX_CHARACTERS = 10_000


class Invalid(ValueError):
    """The caller's mistake; the message is for the caller."""


class KeyReused(Exception):
    """The idempotency key belongs to another text."""


def check_text(text):
    if not isinstance(text, str):
        raise Invalid(f"text must be a string, not {_quote(text)}")
    if not text.strip():
        raise Invalid(f"text must not be empty: {_quote(text)}")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(f"text has {len(text):,} characters, at most {MAX_CHARACTERS:,} are kept: {_quote(text)}")
    # PostgreSQL stores neither of them.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid(f"text must not hold NUL characters or lone surrogates: {_quote(text)}")
    return text


def check_key(key):
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Invalid(f"Idempotency-Key must be 1 to 255 printable ASCII characters: {_quote(key)}")
    return key


def append(database, text, version, key=None):
    """Keeps a checked text. Returns the entry, durable, and whether an earlier call with this key had kept it."""
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
        # The key is the only thing that can clash, and only with a committed line.
        with database.read() as connection:
            first = connection.execute(select(entries).where(entries.c.idempotency_key == key)).mappings().one()
        if first["text"] != text:
            raise KeyReused(f"Idempotency-Key {_quote(key)} was used for another text: {_quote(first['text'])}") from None
        return _as_json(first), True


def page(database, after, limit):
    """Oldest first, from the line behind id `after`, and how many lines there are in all."""
    query = select(entries).where(entries.c.id > after).order_by(entries.c.id).limit(limit)
    return _fetch(database, query)


def newest(database, limit):
    return _fetch(database, select(entries).order_by(entries.c.id.desc()).limit(limit))


def _fetch(database, query):
    with database.read() as connection:
        total = connection.execute(select(func.count()).select_from(entries)).scalar_one()
        return [_as_json(row) for row in connection.execute(query).mappings()], total


def _as_json(row):
    return {"id": row["id"], "text": row["text"], "createdAt": row["created_at"], "version": row["version"]}


def _quote(value):
    shown = ascii(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
