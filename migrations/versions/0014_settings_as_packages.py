"""Settings by names that other companies know, every change of them, and what head office publishes."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())


def named(table: str, column: str, select: str) -> None:
    """Give what is there a name made of its own words; no two of one company and kind have the same."""
    taken: set[tuple] = set()
    for tenant, pk, model, words in op.get_bind().execute(sa.text(select)).all():
        word = re.sub(r"\W+", "_", words.lower()).strip("_")[:50] or "x"
        made, n = word, 2
        while (tenant, model, made) in taken:
            made, n = f"{word}_{n}", n + 1
        taken.add((tenant, model, made))
        op.get_bind().execute(sa.text(f'UPDATE {table} SET "{column}" = :made WHERE id = :pk'), {"made": made, "pk": pk})


def stamped(*columns: sa.Column) -> list:
    """The columns of a table of records, those of its own in the middle."""
    return [
        sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        *columns,
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
    op.add_column("custom_field", sa.Column("code", sa.String(length=60), nullable=True))
    op.add_column("own_role", sa.Column("key", sa.String(length=60), nullable=True))
    op.add_column("saved_view", sa.Column("code", sa.String(length=60), nullable=True))
    name = "coalesce(nullif({0}_en, ''), {0})"
    fields = f"SELECT tenant_id, id, model, {name.format('label')} FROM custom_field WHERE builtin IS NULL ORDER BY id"
    named("custom_field", "code", fields)
    named("own_role", "key", f"SELECT tenant_id, id, '', {name.format('name')} FROM own_role ORDER BY id")
    named("saved_view", "code", "SELECT tenant_id, id, model, name FROM saved_view WHERE audience <> 'me' ORDER BY id")
    op.create_unique_constraint("custom_field_model_code_key", "custom_field", ["tenant_id", "model", "code"])
    op.create_unique_constraint("own_role_key_key", "own_role", ["tenant_id", "key"])
    op.create_unique_constraint("saved_view_model_code_key", "saved_view", ["tenant_id", "model", "code"])
    op.create_table(
        "setting_change",
        *stamped(
            sa.Column("kind", sa.String(length=20), nullable=False),
            sa.Column("key", sa.String(length=200), nullable=False),
            sa.Column("before", JSON, nullable=True),
            sa.Column("after", JSON, nullable=True),
            sa.Column("reason", sa.String(length=20), nullable=False),
            sa.Column("source", sa.String(length=80), nullable=False),
            sa.Column("batch", sa.String(length=40), nullable=False),
            sa.Column("undoes", sa.Integer(), nullable=True),
        ),
    )
    op.create_index("setting_change_batch_idx", "setting_change", ["tenant_id", "batch", "id"], unique=False)
    op.create_index("setting_change_kind_idx", "setting_change", ["tenant_id", "kind", "id"], unique=False)
    op.create_table(
        "publication",
        *stamped(
            sa.Column("code", sa.String(length=40), nullable=False),
            sa.Column("name", sa.String(length=80), nullable=False),
            sa.Column("locked", sa.Boolean(), nullable=False),
            sa.Column("edition", sa.Integer(), nullable=False),
            sa.Column("content", JSON, nullable=True),
        ),
        sa.UniqueConstraint("tenant_id", "code", name="publication_code_key"),
    )
    op.create_table(
        "received_package",
        *stamped(
            sa.Column("code", sa.String(length=40), nullable=False),
            sa.Column("name", sa.String(length=80), nullable=False),
            sa.Column("locked", sa.Boolean(), nullable=False),
            sa.Column("edition", sa.Integer(), nullable=False),
            sa.Column("content", JSON, nullable=True),
            sa.Column("offered", sa.Integer(), nullable=False),
            sa.Column("offer", JSON, nullable=True),
            sa.Column("troubles", JSON, nullable=True),
        ),
        sa.UniqueConstraint("tenant_id", "code", name="received_package_code_key"),
    )


def downgrade() -> None:
    for table in ("received_package", "publication", "setting_change"):
        op.drop_table(table)
    for table, column, words in (("saved_view", "code", "model_code"), ("own_role", "key", "key"), ("custom_field", "code", "model_code")):
        op.drop_constraint(f"{table}_{words}_key", table, type_="unique")
        op.drop_column(table, column)
