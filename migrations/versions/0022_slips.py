"""Slips, pay lines, steps and messages of visits; what a change of an order costs; the rights of roles that are there already."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

RIGHTS = """
agent CancelRule all basic=2 finance=2
agent Charge own basic=2 finance=2 workflow=2
agent Slip own basic=2 workflow=2
agent VisitTap own basic=2 workflow=2
agent VisitMessage own basic=3 workflow=2 can:add=4
dispatcher CancelRule all basic=2
dispatcher Charge store basic=2 workflow=2
dispatcher Slip store basic=2 workflow=2
dispatcher SlipScan store basic=2 workflow=2 files=2 can:export=4
dispatcher VisitTap store basic=2 workflow=2 can:export=4
dispatcher VisitMessage store basic=3 workflow=2 can:add=4 can:export=4
manager CancelRule all basic=2 finance=2
manager Charge store basic=2 finance=2 workflow=2 can:export=4
manager Slip store basic=2 workflow=2 can:export=4
manager SlipScan store basic=2 workflow=2 files=2 can:export=4 can:delete=4
manager PayLine store basic=2 cost=2 workflow=2 can:export=4 can:print=4
manager VisitTap store basic=2 workflow=2 can:export=4
manager VisitMessage store basic=3 workflow=2 can:add=4 can:export=4
finance CancelRule all basic=2 finance=2
finance Charge all basic=2 finance=2 workflow=2 can:export=4
finance Slip all basic=2 workflow=2 can:export=4
finance PayLine all basic=3 cost=3 workflow=2 can:add=4 can:export=4 can:print=4
finance VisitTap all basic=2 workflow=2
admin CancelRule all files=4 notes=4 basic=4 private=4 internal=4 finance=4 cost=4 workflow=2 can:add=4 can:delete=4 can:export=4
admin Charge all basic=2 finance=2 workflow=2 can:export=4
admin Slip all basic=2 workflow=2 can:export=4
admin SlipScan all basic=2 workflow=2 files=2 can:export=4 can:delete=4
admin PayLine all basic=2 cost=2 workflow=2 can:export=4 can:print=4
admin VisitTap all basic=2 workflow=2 can:export=4
admin VisitMessage all basic=3 workflow=2 can:add=4 can:export=4
head_office CancelRule all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office Charge all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office Slip all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office SlipScan all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office PayLine all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office VisitTap all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office VisitMessage all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
agent Visit - internal=2
dispatcher Visit - internal=4
manager Visit - internal=4
finance Visit - internal=2
admin Visit - internal=4
dispatcher Visit - step:begin=4
manager Visit - step:begin=4
admin Visit - step:begin=4
partner Visit - step:begin=4
"""
COMPANIES = "SELECT DISTINCT tenant_id FROM \"grant\""
COMMON = "tenant_id, version, created_at, changed_at, role, model"
FIRST = "t.tenant_id, 1, now(), now(), :role, :model"
FOR = "order_id IS NOT NULL OR fee_id IS NOT NULL"


def upgrade() -> None:
    op.create_table("cancel_rule",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("deed", sa.String(length=40), nullable=False),
    sa.Column("hours", sa.Numeric(precision=12, scale=3), nullable=False),
    sa.Column("percent", sa.Numeric(precision=12, scale=3), nullable=True),
    sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("bearer", sa.String(length=40), nullable=False),
    sa.Column("service_id", sa.Integer(), nullable=True),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint("coalesce(percent, 0) BETWEEN 0 AND 100 AND coalesce(amount, 0) >= 0", name="cancel_rule_fee"),
    sa.CheckConstraint("hours >= 0", name="cancel_rule_hours"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="cancel_rule_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "service_id"], ["service.tenant_id", "service.id"], name="cancel_rule_service_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="cancel_rule_store_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id")
    )
    op.create_index("cancel_rule_extra_idx", "cancel_rule", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("cancel_rule_owner_id_idx", "cancel_rule", ["tenant_id", "owner_id", "id"])
    op.create_index("cancel_rule_service_id_idx", "cancel_rule", ["tenant_id", "service_id"])
    op.create_index("cancel_rule_store_id_idx", "cancel_rule", ["tenant_id", "store_id", "id"])
    op.create_table("charge",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=False),
    sa.Column("customer_id", sa.Integer(), nullable=False),
    sa.Column("deed", sa.String(length=40), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("bearer", sa.String(length=40), nullable=False),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("rule_id", sa.Integer(), nullable=True),
    sa.Column("once", sa.String(length=60), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name="charge_customer_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name="charge_order_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="charge_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "rule_id"], ["cancel_rule.tenant_id", "cancel_rule.id"], name="charge_rule_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="charge_store_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "once", name="charge_once_key")
    )
    op.create_index("charge_customer_id_idx", "charge", ["tenant_id", "customer_id"])
    op.create_index("charge_extra_idx", "charge", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("charge_order_id_idx", "charge", ["tenant_id", "order_id"])
    op.create_index("charge_owner_id_idx", "charge", ["tenant_id", "owner_id", "id"])
    op.create_index("charge_rule_id_idx", "charge", ["tenant_id", "rule_id"])
    op.create_index("charge_store_id_idx", "charge", ["tenant_id", "store_id", "id"])
    op.create_table("slip",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("visit_id", sa.Integer(), nullable=False),
    sa.Column("way", sa.String(length=40), nullable=False),
    sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("name", sa.String(length=160), nullable=True),
    sa.Column("picture", sa.Integer(), nullable=True),
    sa.Column("file", sa.String(length=160), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="slip_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="slip_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="slip_visit_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "visit_id", name="slip_visit_id_key")
    )
    op.create_index("slip_extra_idx", "slip", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("slip_owner_id_idx", "slip", ["tenant_id", "owner_id", "id"])
    op.create_index("slip_signed_at_idx", "slip", ["tenant_id", "signed_at", "id"])
    op.create_index("slip_store_id_idx", "slip", ["tenant_id", "store_id", "id"])
    op.create_index("slip_visit_id_idx", "slip", ["tenant_id", "visit_id"])
    op.create_table("slip_scan",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("name", sa.String(length=160), nullable=False),
    sa.Column("standing", sa.String(length=40), nullable=False),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("visit_id", sa.Integer(), nullable=True),
    sa.Column("once", sa.String(length=80), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="slip_scan_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="slip_scan_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="slip_scan_visit_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "once", name="slip_scan_once_key")
    )
    op.create_index("slip_scan_extra_idx", "slip_scan", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("slip_scan_name_letters_idx", "slip_scan", [sa.literal_column("string_to_array(name, NULL)")], postgresql_using="gin")
    op.create_index("slip_scan_owner_id_idx", "slip_scan", ["tenant_id", "owner_id", "id"])
    op.create_index("slip_scan_standing_idx", "slip_scan", ["tenant_id", "standing", "id"])
    op.create_index("slip_scan_store_id_idx", "slip_scan", ["tenant_id", "store_id", "id"])
    op.create_index("slip_scan_visit_id_idx", "slip_scan", ["tenant_id", "visit_id"])
    op.create_table("pay_line",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("visit_id", sa.Integer(), nullable=False),
    sa.Column("slip_id", sa.Integer(), nullable=True),
    sa.Column("worker_id", sa.Integer(), nullable=True),
    sa.Column("worked_on", sa.Date(), nullable=True),
    sa.Column("hours", sa.Numeric(precision=12, scale=3), nullable=True),
    sa.Column("rate", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("corrects_id", sa.Integer(), nullable=True),
    sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("note", sa.Text(), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "corrects_id"], ["pay_line.tenant_id", "pay_line.id"], name="pay_line_corrects_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="pay_line_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "slip_id"], ["slip.tenant_id", "slip.id"], name="pay_line_slip_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="pay_line_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="pay_line_visit_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "worker_id"], ["worker.tenant_id", "worker.id"], name="pay_line_worker_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id")
    )
    op.create_index("pay_line_corrects_id_idx", "pay_line", ["tenant_id", "corrects_id"])
    op.create_index("pay_line_extra_idx", "pay_line", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("pay_line_once", "pay_line", ["tenant_id", "visit_id"], unique=True, postgresql_where=sa.text("corrects_id IS NULL"))
    op.create_index("pay_line_owner_id_idx", "pay_line", ["tenant_id", "owner_id", "id"])
    op.create_index("pay_line_slip_id_idx", "pay_line", ["tenant_id", "slip_id"])
    op.create_index("pay_line_store_id_idx", "pay_line", ["tenant_id", "store_id", "id"])
    op.create_index("pay_line_visit_id_idx", "pay_line", ["tenant_id", "visit_id"])
    op.create_index("pay_line_worked_on_idx", "pay_line", ["tenant_id", "worked_on", "id"])
    op.create_index("pay_line_worker_id_idx", "pay_line", ["tenant_id", "worker_id"])
    op.create_index("pay_line_worker_id_worked_on_idx", "pay_line", ["tenant_id", "worker_id", "worked_on", "id"])
    op.create_table("visit_tap",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("visit_id", sa.Integer(), nullable=False),
    sa.Column("what", sa.String(length=40), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tapped_by", sa.String(length=40), nullable=False),
    sa.Column("lat", sa.Float(), nullable=True),
    sa.Column("lng", sa.Float(), nullable=True),
    sa.Column("far", sa.Integer(), nullable=True),
    sa.Column("request", sa.String(length=80), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="visit_tap_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="visit_tap_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="visit_tap_visit_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "request", name="visit_tap_request_key")
    )
    op.create_index("visit_tap_extra_idx", "visit_tap", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("visit_tap_owner_id_idx", "visit_tap", ["tenant_id", "owner_id", "id"])
    op.create_index("visit_tap_store_id_idx", "visit_tap", ["tenant_id", "store_id", "id"])
    op.create_index("visit_tap_visit_id_idx", "visit_tap", ["tenant_id", "visit_id"])
    op.create_table("visit_message",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("visit_id", sa.Integer(), nullable=False),
    sa.Column("order_id", sa.Integer(), nullable=True),
    sa.Column("sender", sa.String(length=40), nullable=False),
    sa.Column("said", sa.Text(), nullable=False),
    sa.Column("request", sa.String(length=80), nullable=True),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["tenant_id", "order_id"], ["order.tenant_id", "order.id"], name="visit_message_order_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="visit_message_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="visit_message_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="visit_message_visit_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "request", name="visit_message_request_key")
    )
    op.create_index("visit_message_extra_idx", "visit_message", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("visit_message_order_id_idx", "visit_message", ["tenant_id", "order_id"])
    op.create_index("visit_message_owner_id_idx", "visit_message", ["tenant_id", "owner_id", "id"])
    op.create_index("visit_message_store_id_idx", "visit_message", ["tenant_id", "store_id", "id"])
    op.create_index("visit_message_visit_id_idx", "visit_message", ["tenant_id", "visit_id"])
    op.add_column("visit", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("check_in_far", sa.Integer(), nullable=True))
    op.add_column("visit", sa.Column("far_reason", sa.Text(), nullable=True))
    op.add_column("visit", sa.Column("promised_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("promised_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("arrival", sa.String(length=40), nullable=True))
    op.add_column("visit", sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("actual_start", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("actual_end", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("process", sa.Text(), nullable=True))
    op.add_column("visit", sa.Column("slip", sa.String(length=40), server_default="none", nullable=False))
    op.add_column("store", sa.Column("window_minutes", sa.Integer(), nullable=True))
    op.add_column("store", sa.Column("late_minutes", sa.Integer(), nullable=True))
    op.add_column("store", sa.Column("far_metres", sa.Integer(), nullable=True))
    op.add_column("service", sa.Column("photos_needed", sa.Integer(), server_default="0", nullable=False))
    op.add_column("receivable", sa.Column("charge_id", sa.Integer(), nullable=True))
    op.create_check_constraint("visit_took_some_time", "visit", "actual_end > actual_start")
    op.create_index("visit_slip_starts_at_idx", "visit", ["tenant_id", "slip", "starts_at", "id"])
    op.create_foreign_key("receivable_charge_id_fkey", "receivable", "charge", ["tenant_id", "charge_id"], ["tenant_id", "id"])
    op.create_unique_constraint("receivable_charge_id_key", "receivable", ["tenant_id", "charge_id"])
    op.create_index("receivable_charge_id_idx", "receivable", ["tenant_id", "charge_id"])
    op.drop_constraint("receivable_is_for_something", "receivable", type_="check")
    op.create_check_constraint("receivable_is_for_something", "receivable", f"{FOR} OR charge_id IS NOT NULL")
    # The work of visits that are there already began on arrival, and their window is the usual one.
    op.execute("UPDATE visit SET begun_at = checked_in_at WHERE finished_at IS NOT NULL")
    op.execute("UPDATE visit SET promised_from = starts_at - interval '15 minutes', promised_until = starts_at + interval '15 minutes'")
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
    op.execute("DELETE FROM receivable WHERE charge_id IS NOT NULL")
    op.drop_constraint("receivable_is_for_something", "receivable", type_="check")
    op.drop_column("receivable", "charge_id")
    op.create_check_constraint("receivable_is_for_something", "receivable", FOR)
    op.execute("UPDATE visit SET state = 'on_site' WHERE state = 'working'")
    op.drop_constraint("visit_took_some_time", "visit", type_="check")
    for column in (
        "begun_at", "check_in_far", "far_reason", "promised_from", "promised_until", "arrival", "late_at", "actual_start", "actual_end",
        "process", "slip",
    ):
        op.drop_column("visit", column)
    for column in ("window_minutes", "late_minutes", "far_metres"):
        op.drop_column("store", column)
    op.drop_column("service", "photos_needed")
    for table in ("visit_message", "visit_tap", "pay_line", "slip_scan", "slip", "charge", "cancel_rule"):
        op.drop_table(table)
    models = "('CancelRule', 'Charge', 'Slip', 'SlipScan', 'PayLine', 'VisitTap', 'VisitMessage')"
    op.execute(f'DELETE FROM "grant" WHERE model IN {models} OR (model = \'Visit\' AND target = \'step:begin\')')
    op.execute(f"DELETE FROM scope WHERE model IN {models}")
