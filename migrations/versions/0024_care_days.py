"""Care days: a line for each day of a long order and each carer, what was changed, prices that wait, and bills."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RIGHTS = """
agent CareDay own basic=2 workflow=2 finance=2
agent CareChange own basic=2 workflow=2 finance=2 internal=2
agent CarePrice own basic=2 workflow=2 finance=2
agent CareBill own basic=2 workflow=2 finance=2 can:share=4 can:print=4
dispatcher CareDay store basic=2 workflow=2
dispatcher CareChange store basic=2 workflow=2 internal=2
manager CareDay store basic=2 workflow=2 finance=2 cost=2 can:export=4
manager CareChange store basic=2 workflow=2 finance=2 internal=2 can:export=4
manager CarePrice store basic=2 workflow=2 finance=2 can:export=4 step:agree=4 step:refuse=4
manager CareBill store basic=2 workflow=2 finance=2 can:share=4 can:export=4 can:print=4
finance CareDay all basic=2 workflow=2 finance=2 cost=2 can:export=4
finance CareChange all basic=2 workflow=2 finance=2 can:export=4
finance CarePrice all basic=2 workflow=2 finance=2
finance CareBill all basic=2 workflow=2 finance=2 can:share=4 can:export=4 can:print=4
admin CareDay all basic=2 workflow=2 finance=2 cost=2 can:export=4
admin CareChange all basic=2 workflow=2 finance=2 internal=2 can:export=4
admin CarePrice all basic=2 workflow=2 finance=2 can:export=4 step:agree=4 step:refuse=4
admin CareBill all basic=2 workflow=2 finance=2 can:share=4 can:export=4 can:print=4
head_office CareBill all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office CareChange all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office CarePrice all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office CareDay all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
"""
COMPANIES = "SELECT DISTINCT tenant_id FROM \"grant\""
COMMON = "tenant_id, version, created_at, changed_at, role, model"
FIRST = "t.tenant_id, 1, now(), now(), :role, :model"


def part(whole: str, more: str) -> str:
    """The part of a day that a line is, to the cent, and a correction's difference."""
    days = f"round({whole} * to_hour / full_hours, 2) - round({whole} * from_hour / full_hours, 2)"
    return f"CASE WHEN kind = 'paused' THEN 0 ELSE {days} END + {more}"


def upgrade() -> None:
    op.create_table("care_bill",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("number", sa.String(length=40), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=False),
    sa.Column("customer_id", sa.Integer(), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("until", sa.Date(), nullable=False),
    sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("note", sa.String(length=160), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name="care_bill_customer_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name="care_bill_order_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="care_bill_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="care_bill_store_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "number", name="care_bill_number_key")
    )
    op.create_index("care_bill_customer_id_idx", "care_bill", ["tenant_id", "customer_id"])
    op.create_index("care_bill_extra_idx", "care_bill", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index(
        "care_bill_number_trigrams_idx", "care_bill", ["number"], postgresql_using="gin", postgresql_ops={"number": "gin_trgm_ops"}
    )
    op.create_index("care_bill_order_id_idx", "care_bill", ["tenant_id", "order_id"])
    op.create_index("care_bill_owner_id_idx", "care_bill", ["tenant_id", "owner_id", "id"])
    op.create_index("care_bill_store_id_idx", "care_bill", ["tenant_id", "store_id", "id"])
    op.create_table("care_change",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=False),
    sa.Column("deed", sa.String(length=40), server_default="start", nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("until", sa.Date(), nullable=True),
    sa.Column("replaced_id", sa.Integer(), nullable=True),
    sa.Column("worker_id", sa.Integer(), nullable=True),
    sa.Column("price_before", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("doer_id", sa.Integer(), nullable=True),
    sa.Column("approver_id", sa.Integer(), nullable=True),
    sa.Column("handover", sa.Text(), nullable=True),
    sa.Column("visit_id", sa.Integer(), nullable=True),
    sa.Column("undoes_id", sa.Integer(), nullable=True),
    sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "doer_id"], ["staff.tenant_id", "staff.id"], name="care_change_doer_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "approver_id"], ["staff.tenant_id", "staff.id"], name="care_change_approver_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name="care_change_order_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="care_change_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "replaced_id"], ["worker.tenant_id", "worker.id"], name="care_change_replaced_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="care_change_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "undoes_id"], ["care_change.tenant_id", "care_change.id"], name="care_change_undoes_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="care_change_visit_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "worker_id"], ["worker.tenant_id", "worker.id"], name="care_change_worker_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "undoes_id", name="care_change_undoes_id_key")
    )
    op.create_index("care_change_doer_id_idx", "care_change", ["tenant_id", "doer_id"])
    op.create_index("care_change_approver_id_idx", "care_change", ["tenant_id", "approver_id"])
    op.create_index("care_change_extra_idx", "care_change", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("care_change_order_id_idx", "care_change", ["tenant_id", "order_id"])
    op.create_index("care_change_owner_id_idx", "care_change", ["tenant_id", "owner_id", "id"])
    op.create_index("care_change_replaced_id_idx", "care_change", ["tenant_id", "replaced_id"])
    op.create_index("care_change_store_id_idx", "care_change", ["tenant_id", "store_id", "id"])
    op.create_index("care_change_undoes_id_idx", "care_change", ["tenant_id", "undoes_id"])
    op.create_index("care_change_visit_id_idx", "care_change", ["tenant_id", "visit_id"])
    op.create_index("care_change_worker_id_idx", "care_change", ["tenant_id", "worker_id"])
    op.create_table("care_price",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=False),
    sa.Column("worker_id", sa.Integer(), nullable=False),
    sa.Column("since", sa.Date(), nullable=False),
    sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("listed", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("why", sa.Text(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("state", sa.String(length=40), nullable=False),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint("price >= 0", name="care_price_not_below_zero"),
    sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name="care_price_order_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="care_price_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="care_price_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "worker_id"], ["worker.tenant_id", "worker.id"], name="care_price_worker_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id")
    )
    op.create_index("care_price_extra_idx", "care_price", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("care_price_order_id_idx", "care_price", ["tenant_id", "order_id"])
    op.create_index("care_price_owner_id_idx", "care_price", ["tenant_id", "owner_id", "id"])
    op.create_index("care_price_state_since_idx", "care_price", ["tenant_id", "state", "since", "id"], postgresql_include=None)
    op.create_index("care_price_store_id_idx", "care_price", ["tenant_id", "store_id", "id"])
    op.create_index("care_price_worker_id_idx", "care_price", ["tenant_id", "worker_id"])
    op.create_table("care_day",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=False),
    sa.Column("on_day", sa.Date(), nullable=False),
    sa.Column("worker_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(length=40), server_default="planned", nullable=False),
    sa.Column("hours", sa.Numeric(precision=12, scale=3), sa.Computed("to_hour - from_hour", persisted=True), nullable=True),
    sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("rate", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("bill", sa.Numeric(precision=14, scale=2), sa.Computed(part("price", "bill_more"), persisted=True), nullable=True),
    sa.Column("pay", sa.Numeric(precision=14, scale=2), sa.Computed(part("rate", "pay_more"), persisted=True), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("visit_id", sa.Integer(), nullable=True),
    sa.Column("billed_id", sa.Integer(), nullable=True),
    sa.Column("corrects_id", sa.Integer(), nullable=True),
    sa.Column("change_id", sa.Integer(), nullable=True),
    sa.Column("from_hour", sa.Numeric(precision=5, scale=2), server_default="0", nullable=False),
    sa.Column("to_hour", sa.Numeric(precision=5, scale=2), server_default="24", nullable=False),
    sa.Column("full_hours", sa.Numeric(precision=5, scale=2), server_default="24", nullable=False),
    sa.Column("bill_more", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False),
    sa.Column("pay_more", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint("corrects_id IS NOT NULL OR (bill_more = 0 AND pay_more = 0)", name="care_day_difference"),
    sa.CheckConstraint("full_hours > 0 AND 0 <= from_hour AND from_hour <= to_hour AND to_hour <= full_hours", name="care_day_hours"),
    sa.CheckConstraint("price >= 0 AND rate >= 0", name="care_day_not_below_zero"),
    sa.ForeignKeyConstraint(["tenant_id", "billed_id"], ["care_bill.tenant_id", "care_bill.id"], name="care_day_billed_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "change_id"], ["care_change.tenant_id", "care_change.id"], name="care_day_change_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "corrects_id"], ["care_day.tenant_id", "care_day.id"], name="care_day_corrects_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name="care_day_order_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="care_day_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="care_day_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="care_day_visit_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "worker_id"], ["worker.tenant_id", "worker.id"], name="care_day_worker_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id")
    )
    op.create_index("care_day_billed_id_idx", "care_day", ["tenant_id", "billed_id"])
    op.create_index("care_day_change_id_idx", "care_day", ["tenant_id", "change_id"])
    op.create_index("care_day_corrects_id_idx", "care_day", ["tenant_id", "corrects_id"])
    op.create_index("care_day_on_day_idx", "care_day", ["tenant_id", "on_day", "id"], postgresql_include=None)
    op.create_index("care_day_extra_idx", "care_day", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index(
        "care_day_once", "care_day", ["tenant_id", "order_id", "on_day", "worker_id"], unique=True,
        postgresql_where=sa.text("corrects_id IS NULL"),
    )
    op.create_index("care_day_order_id_on_day_idx", "care_day", ["tenant_id", "order_id", "on_day", "id"], postgresql_include=None)
    op.create_index("care_day_order_id_idx", "care_day", ["tenant_id", "order_id"])
    op.create_index("care_day_owner_id_idx", "care_day", ["tenant_id", "owner_id", "id"])
    op.create_index("care_day_store_id_idx", "care_day", ["tenant_id", "store_id", "id"])
    op.create_index("care_day_visit_id_idx", "care_day", ["tenant_id", "visit_id"])
    op.create_index("care_day_worker_id_idx", "care_day", ["tenant_id", "worker_id"])
    give_rights()


def give_rights() -> None:
    """Each line is a role, a record, its reach and levels. What a company set itself stays."""
    give = sa.text(
        f'INSERT INTO "grant" ({COMMON}, target, level) SELECT {FIRST}, :target, :level FROM ({COMPANIES}) t ON CONFLICT DO NOTHING'
    )
    reach = sa.text(f"INSERT INTO scope ({COMMON}, reach) SELECT {FIRST}, :reach FROM ({COMPANIES}) t ON CONFLICT DO NOTHING")
    bind = op.get_bind()
    for line in RIGHTS.strip().splitlines():
        role, model, where, *levels = line.split()
        who = {"role": role, "model": model}
        bind.execute(reach, who | {"reach": where})
        for target, _is, level in (word.rpartition("=") for word in levels):
            bind.execute(give, who | {"target": target, "level": int(level)})
    op.execute("UPDATE stamp SET changes = changes + 1")


def downgrade() -> None:
    for table in ("care_day", "care_price", "care_change", "care_bill"):
        op.drop_table(table)
    models = "('CareDay', 'CareChange', 'CarePrice', 'CareBill')"
    op.execute(f'DELETE FROM "grant" WHERE model IN {models}')
    op.execute(f"DELETE FROM scope WHERE model IN {models}")
