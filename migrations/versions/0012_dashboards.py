"""Dashboards and their tiles."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def stamps():
    return [
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    ]


def upgrade() -> None:
    op.create_table(
        "dashboard",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("first", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        *stamps(),
        sa.UniqueConstraint("tenant_id", "code", name="dashboard_code_key"),
    )
    op.create_index("dashboard_audience_idx", "dashboard", ["tenant_id", "audience", "id"], unique=False)
    op.create_table(
        "tile",
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("dashboard_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("look", sa.Text(), nullable=False),
        sa.Column("target", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("less", sa.Boolean(), nullable=False),
        *stamps(),
        sa.ForeignKeyConstraint(["tenant_id", "dashboard_id"], ["dashboard.tenant_id", "dashboard.id"], name="tile_dashboard_id_fkey"),
    )
    op.create_index("tile_dashboard_id_idx", "tile", ["tenant_id", "dashboard_id"], unique=False)


def downgrade() -> None:
    op.drop_table("tile")
    op.drop_table("dashboard")
