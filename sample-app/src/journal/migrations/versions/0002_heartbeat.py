"""The row that the health check rewrites."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    table = op.create_table(
        "heartbeat",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("beats", sa.Integer, nullable=False),
    )
    op.bulk_insert(table, [{"id": 1, "beats": 0}])
