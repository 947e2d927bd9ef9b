"""Layouts for phones, drafts of layouts, and their versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def stamps() -> list[sa.Column]:
    return [
        sa.Column("store_id", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    ]


def key() -> list[sa.Column]:
    return [
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    ]


def about() -> list[sa.Column]:
    return [
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("device", sa.String(length=10), nullable=False),
    ]


def upgrade() -> None:
    op.add_column("layout", sa.Column("device", sa.String(length=10), server_default="", nullable=False))
    op.alter_column("layout", "device", server_default=None)
    op.drop_constraint("layout_role_model_key", "layout", type_="unique")
    op.create_unique_constraint("layout_role_model_device_key", "layout", ["tenant_id", "role", "model", "device"])
    op.create_table(
        "layout_version",
        *key(),
        *about(),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shape", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("back_to", sa.Integer(), nullable=True),
        *stamps(),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "role", "model", "device", "number", name="layout_version_role_model_device_number_key"),
    )
    op.create_table(
        "layout_draft",
        *key(),
        sa.Column("author_id", sa.Integer(), nullable=False),
        *about(),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("shape", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *stamps(),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sa.UniqueConstraint("tenant_id", "author_id", "role", "model", "device", name="layout_draft_author_id_role_model_device_key"),
    )


def downgrade() -> None:
    op.drop_table("layout_draft")
    op.drop_table("layout_version")
    op.execute("DELETE FROM layout WHERE device <> ''")
    op.drop_constraint("layout_role_model_device_key", "layout", type_="unique")
    op.create_unique_constraint("layout_role_model_key", "layout", ["tenant_id", "role", "model"])
    op.drop_column("layout", "device")
