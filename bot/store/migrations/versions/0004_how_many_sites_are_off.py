"""How many of a case's sites are suspended, on a digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the schema one step further."""
    op.add_column(
        "digest_packs", sa.Column("part_off", sa.String(), server_default="", nullable=False)
    )
    op.freeze_anew(
        "digest_packs",
        [
            "line_id",
            "state",
            "part_off",
            "waits_for",
            "waits",
            "clocks",
            "ready",
            "held_until",
            "evidence",
            "accounts",
            "moves",
            "reports",
            "id",
        ],
    )
