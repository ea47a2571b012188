"""The lines."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "entries",
        # SQLite numbers rows only in a column of type INTEGER, which holds 64 bits there.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("idempotency_key", sa.Text, unique=True),
        # No id is given twice, not even after the newest line was removed.
        sqlite_autoincrement=True,
    )
