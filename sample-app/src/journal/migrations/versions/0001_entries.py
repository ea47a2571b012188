"""The lines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.create_table(
        "entries",
        # SQLite numbers lines only in a column of exactly this type, in which it stores 64 bits.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text, unique=True),
        # An id is never given twice, not even after the newest line was removed.
        sqlite_autoincrement=True,
    )
