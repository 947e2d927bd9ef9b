"""All that an administrator says of a field, and one index for what such fields hold."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXTS = ("label_en", "help", "help_en", "section", "shown")


def business() -> list[str]:
    """The tables of records that belong to somebody: those whose rows may hold such fields."""
    there = sa.inspect(op.get_bind())
    keys = {t: {k["name"] for k in there.get_foreign_keys(t)} for t in there.get_table_names()}
    return sorted(t for t, names in keys.items() if f"{t}_owner_id_fkey" in names)


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("custom_field", sa.Column(name, sa.String(), server_default="", nullable=False))
    op.add_column("custom_field", sa.Column("required", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("custom_field", sa.Column("listed", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("custom_field", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
    op.add_column("custom_field", sa.Column("start", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True))
    op.add_column("custom_field", sa.Column("choices", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True))
    op.add_column("custom_field", sa.Column("builtin", sa.String(length=60), nullable=True))
    op.create_unique_constraint("custom_field_model_builtin_key", "custom_field", ["tenant_id", "model", "builtin"])
    for table in business():
        op.create_index(
            f"{table}_extra_idx", table, ["extra"], unique=False, postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"}
        )


def downgrade() -> None:
    for table in business():
        op.drop_index(f"{table}_extra_idx", table_name=table)
    op.drop_constraint("custom_field_model_builtin_key", "custom_field", type_="unique")
    for name in ("builtin", "choices", "start", "rank", "listed", "required", *reversed(TEXTS)):
        op.drop_column("custom_field", name)
