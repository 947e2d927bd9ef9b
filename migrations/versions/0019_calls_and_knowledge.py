"""Telephone lines, extensions, calls and what happened in them; the knowledge base; and the rights of roles that are there already."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RIGHTS = """
agent PhoneLine all basic=2
agent PhoneExtension all basic=2
agent PhoneCall own basic=2 private=1 phone=2 internal=4 recording=2 workflow=2 files=2 notes=4 can:reveal=4
agent Article all basic=2 notes=2
dispatcher PhoneLine all basic=2
dispatcher PhoneExtension all basic=2
dispatcher PhoneCall own basic=2 private=1 phone=2 internal=4 recording=2 workflow=2 files=2 notes=4 can:reveal=4
dispatcher Article all basic=2 notes=2
manager PhoneLine all basic=2
manager PhoneExtension all basic=2
manager PhoneCall store basic=2 private=1 phone=2 internal=4 recording=2 workflow=2 files=2 notes=4 can:reveal=4 can:export=4
manager Article all basic=4 files=4 notes=4 can:add=4 can:export=4 can:print=4
finance Article all basic=2 notes=2
admin PhoneLine all basic=4 files=4 notes=4 can:add=4 can:delete=4
admin PhoneExtension all basic=4 can:add=4 can:delete=4 can:export=4 can:import=4
admin PhoneCall all basic=2 private=1 phone=2 internal=4 recording=2 workflow=2 files=2 notes=4 can:reveal=4 can:export=4
admin Article all basic=4 files=4 notes=4 can:add=4 can:export=4 can:print=4 can:delete=4 can:import=4 can:bulk=4
head_office PhoneLine all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office PhoneExtension all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4
head_office PhoneExtension - can:print=4
head_office PhoneCall all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office Article all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
"""
COMPANIES = "SELECT DISTINCT tenant_id FROM \"grant\""
COMMON = "tenant_id, version, created_at, changed_at, role, model"
FIRST = "t.tenant_id, 1, now(), now(), :role, :model"


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
    op.create_table(
        "article",
        *stamped(
            sa.Column("title", sa.String(length=160), nullable=False),
            sa.Column("words", sa.String(length=160), nullable=True),
            sa.Column("pinyin", sa.String(length=160), nullable=True),
            sa.Column("initials", sa.String(length=40), nullable=True),
            sa.Column("body", sa.Text(), nullable=False),
            sa.Column("script", sa.Text(), nullable=True),
            sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        ),
        sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="article_owner_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="article_store_id_fkey"),
    )
    op.create_index("article_extra_idx", "article", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("article_initials_trigrams_idx", "article", ["initials"], postgresql_using="gin", postgresql_ops={"initials": "gin_trgm_ops"})
    op.create_index("article_owner_id_idx", "article", ["tenant_id", "owner_id", "id"])
    op.create_index("article_pinyin_trigrams_idx", "article", ["pinyin"], postgresql_using="gin", postgresql_ops={"pinyin": "gin_trgm_ops"})
    op.create_index("article_store_id_idx", "article", ["tenant_id", "store_id", "id"])
    op.create_index("article_title_letters_idx", "article", [sa.literal_column("string_to_array(title, NULL)")], postgresql_using="gin")
    op.create_index("article_words_letters_idx", "article", [sa.literal_column("string_to_array(words, NULL)")], postgresql_using="gin")
    op.create_table(
        "phone_line",
        *stamped(
            sa.Column("name", sa.String(length=160), nullable=False),
            sa.Column("number", sa.String(length=40), nullable=False),
            sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
            sa.Column("recorded", sa.Boolean(), server_default="true", nullable=False),
            sa.Column("notice", sa.Text(), nullable=True),
            sa.Column("keep_days", sa.Integer(), server_default="180", nullable=False),
            sa.Column("hook", sa.Text(), nullable=True),
        ),
        sa.CheckConstraint("keep_days > 0", name="phone_line_keeps_for_a_time"),
        sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="phone_line_owner_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="phone_line_store_id_fkey"),
        sa.UniqueConstraint("tenant_id", "number", name="phone_line_number_key"),
    )
    op.create_index("phone_line_extra_idx", "phone_line", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("phone_line_name_letters_idx", "phone_line", [sa.literal_column("string_to_array(name, NULL)")], postgresql_using="gin")
    op.create_index("phone_line_number_trigrams_idx", "phone_line", ["number"], postgresql_using="gin", postgresql_ops={"number": "gin_trgm_ops"})
    op.create_index("phone_line_owner_id_idx", "phone_line", ["tenant_id", "owner_id", "id"])
    op.create_index("phone_line_store_id_idx", "phone_line", ["tenant_id", "store_id", "id"])
    op.create_table(
        "phone_call",
        *stamped(
            sa.Column("line_id", sa.Integer(), nullable=False),
            sa.Column("ref", sa.String(length=40), nullable=False),
            sa.Column("direction", sa.String(length=40), server_default="in", nullable=False),
            sa.Column("phone", sa.Text(), nullable=True),
            sa.Column("customer_id", sa.Integer(), nullable=True),
            sa.Column("agent_id", sa.Integer(), nullable=True),
            sa.Column("rang_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("seconds", sa.Integer(), sa.Computed("CAST(EXTRACT(epoch FROM ended_at - answered_at) AS integer)", persisted=True), nullable=True),
            sa.Column("result", sa.String(length=40), server_default="ringing", nullable=False),
            sa.Column("called_back_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("note", sa.Text(), nullable=True),
            sa.Column("recording", sa.Boolean(), server_default="false", nullable=False),
            sa.Column("phone_hash", sa.String(length=40), nullable=True),
            sa.Column("phone_last4", sa.String(length=40), nullable=True),
            sa.Column("phone_first7", sa.String(length=40), nullable=True),
        ),
        sa.ForeignKeyConstraint(["tenant_id", "agent_id"], ["staff.tenant_id", "staff.id"], name="phone_call_agent_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name="phone_call_customer_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "line_id"], ["phone_line.tenant_id", "phone_line.id"], name="phone_call_line_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="phone_call_owner_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="phone_call_store_id_fkey"),
        sa.UniqueConstraint("tenant_id", "line_id", "ref", name="phone_call_line_id_ref_key"),
    )
    op.create_index("phone_call_agent_id_idx", "phone_call", ["tenant_id", "agent_id"])
    op.create_index("phone_call_agent_id_rang_at_idx", "phone_call", ["tenant_id", "agent_id", "rang_at", "id"])
    op.create_index("phone_call_customer_id_idx", "phone_call", ["tenant_id", "customer_id"])
    op.create_index("phone_call_extra_idx", "phone_call", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("phone_call_line_id_idx", "phone_call", ["tenant_id", "line_id"])
    op.create_index("phone_call_owner_id_idx", "phone_call", ["tenant_id", "owner_id", "id"])
    op.create_index("phone_call_phone_first7_idx", "phone_call", ["tenant_id", "phone_first7"])
    op.create_index("phone_call_phone_hash_idx", "phone_call", ["tenant_id", "phone_hash"])
    op.create_index("phone_call_phone_last4_idx", "phone_call", ["tenant_id", "phone_last4"])
    op.create_index("phone_call_rang_at_idx", "phone_call", ["tenant_id", "rang_at", "id"])
    op.create_index("phone_call_result_rang_at_idx", "phone_call", ["tenant_id", "result", "rang_at", "id"])
    op.create_index("phone_call_store_id_idx", "phone_call", ["tenant_id", "store_id", "id"])
    op.create_table(
        "phone_extension",
        *stamped(
            sa.Column("line_id", sa.Integer(), nullable=False),
            sa.Column("number", sa.String(length=40), nullable=False),
            sa.Column("agent_id", sa.Integer(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["tenant_id", "agent_id"], ["staff.tenant_id", "staff.id"], name="phone_extension_agent_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "line_id"], ["phone_line.tenant_id", "phone_line.id"], name="phone_extension_line_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="phone_extension_owner_id_fkey"),
        sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="phone_extension_store_id_fkey"),
        sa.UniqueConstraint("tenant_id", "line_id", "number", name="phone_extension_line_id_number_key"),
    )
    op.create_index("phone_extension_agent_id_idx", "phone_extension", ["tenant_id", "agent_id"])
    op.create_index("phone_extension_extra_idx", "phone_extension", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("phone_extension_line_id_idx", "phone_extension", ["tenant_id", "line_id"])
    op.create_index("phone_extension_number_trigrams_idx", "phone_extension", ["number"], postgresql_using="gin", postgresql_ops={"number": "gin_trgm_ops"})
    op.create_index("phone_extension_owner_id_idx", "phone_extension", ["tenant_id", "owner_id", "id"])
    op.create_index("phone_extension_store_id_idx", "phone_extension", ["tenant_id", "store_id", "id"])
    op.create_table(
        "call_fact",
        *stamped(
            sa.Column("call_id", sa.Integer(), nullable=False),
            sa.Column("event", sa.String(length=20), nullable=False),
            sa.Column("extension", sa.String(length=40), nullable=False),
            sa.Column("agent_id", sa.Integer(), nullable=True),
            sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        ),
        sa.ForeignKeyConstraint(["tenant_id", "call_id"], ["phone_call.tenant_id", "phone_call.id"], name="call_fact_call_id_fkey"),
        sa.UniqueConstraint("tenant_id", "call_id", "event", "extension", name="call_fact_call_id_event_extension_key"),
    )
    op.create_index("call_fact_agent_id_id_idx", "call_fact", ["tenant_id", "agent_id", "id"])
    op.create_index("call_fact_call_id_idx", "call_fact", ["tenant_id", "call_id"])
    op.create_table(
        "call_trace",
        *stamped(
            sa.Column("call_id", sa.Integer(), nullable=False),
            sa.Column("model", sa.String(length=60), nullable=False),
            sa.Column("record_id", sa.Integer(), nullable=False),
        ),
        sa.ForeignKeyConstraint(["tenant_id", "call_id"], ["phone_call.tenant_id", "phone_call.id"], name="call_trace_call_id_fkey"),
        sa.UniqueConstraint("tenant_id", "call_id", "model", "record_id", name="call_trace_call_id_model_record_id_key"),
    )
    op.create_index("call_trace_call_id_idx", "call_trace", ["tenant_id", "call_id"])
    op.create_index("call_trace_model_record_id_idx", "call_trace", ["tenant_id", "model", "record_id", "id"])
    give_rights()


def give_rights() -> None:
    """Each line is a role, a record, its reach (``-`` leaves that as it is) and levels. What a company set itself stays."""
    give = sa.text(f'INSERT INTO "grant" ({COMMON}, target, level) SELECT {FIRST}, :target, :level FROM ({COMPANIES}) t ON CONFLICT DO NOTHING')
    reach = sa.text(f"INSERT INTO scope ({COMMON}, reach) SELECT {FIRST}, :reach FROM ({COMPANIES}) t ON CONFLICT DO NOTHING")
    bind = op.get_bind()
    for line in RIGHTS.strip().splitlines():
        role, model, where, *levels = line.split()
        who = {"role": role, "model": model}
        if where != "-":
            bind.execute(reach, who | {"reach": where})
        for target, _is, level in (word.rpartition("=") for word in levels):
            bind.execute(give, who | {"target": target, "level": int(level)})
    op.execute("UPDATE stamp SET changes = changes + 1")


def downgrade() -> None:
    for table in ("call_trace", "call_fact", "phone_extension", "phone_call", "phone_line", "article"):
        op.drop_table(table)
    models = "('PhoneLine', 'PhoneExtension', 'PhoneCall', 'Article')"
    op.execute(f'DELETE FROM "grant" WHERE model IN {models}')
    op.execute(f"DELETE FROM scope WHERE model IN {models}")
