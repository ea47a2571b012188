"""The tables as this version uses them. The migrations create them."""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

metadata = MetaData()

entries = Table(
    "entries",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("text", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("idempotency_key", Text, unique=True),
)

# One row, which each health check rewrites. That proves that storage accepts a write, and the table does not grow.
heartbeat = Table(
    "heartbeat",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("beats", Integer, nullable=False),
)
