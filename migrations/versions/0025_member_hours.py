"""Member cards and the ledger of their hours; what contracts sell; price rules by level of card; slips that are void."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

RIGHTS = """
agent HourCard own basic=2 finance=2 workflow=2 files=2 notes=4
agent HourLine own basic=2 finance=2 workflow=2
dispatcher HourCard store basic=2 workflow=2
dispatcher HourLine store basic=2 workflow=2
manager HourCard store basic=4 finance=4 workflow=2 files=4 notes=4 can:add=4 can:export=4 can:print=4 step:sell=4 step:refund=4
manager HourLine store basic=2 finance=2 workflow=2 can:export=4
finance HourCard all basic=2 finance=2 workflow=2 notes=4 can:export=4 can:print=4 step:sell=4 step:refund=4
finance HourLine all basic=2 finance=2 workflow=2 can:export=4
admin HourCard all basic=4 finance=4 workflow=2 files=4 notes=4 can:add=4 can:export=4 can:import=4 can:print=4 step:sell=4 step:refund=4
admin HourLine all basic=2 finance=2 workflow=2 can:export=4
head_office HourCard all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office HourLine all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
manager Slip - step:void=4
admin Slip - step:void=4
"""
COMPANIES = "SELECT DISTINCT tenant_id FROM \"grant\""
COMMON = "tenant_id, version, created_at, changed_at, role, model"
FIRST = "t.tenant_id, 1, now(), now(), :role, :model"
OPPOSITE = "(kind IN ('credited', 'voided')) = (opposite_of_id IS NOT NULL)"
SIGN = (
    "(kind NOT IN ('sold', 'credited', 'voided') OR hours > 0) AND (kind NOT IN ('used', 'expired', 'refunded') OR hours < 0)"
    " AND hours <> 0"
)
# Whoever adds a line moves what its card holds, in the same statement and under the lock of the card's row: of many at once
# none is lost, and none takes what is not there. What is given back of a line is never more than it took.
ADD_UP = """
CREATE FUNCTION hour_line_adds_up() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  UPDATE hour_card SET held = held + NEW.hours WHERE tenant_id = NEW.tenant_id AND id = NEW.card_id;
  IF NEW.opposite_of_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM hour_line first WHERE first.tenant_id = NEW.tenant_id AND first.id = NEW.opposite_of_id
    AND first.card_id = NEW.card_id AND first.slip_id = NEW.slip_id
    AND first.hours + (SELECT sum(b.hours) FROM hour_line b WHERE b.tenant_id = NEW.tenant_id AND b.opposite_of_id = first.id) <= 0
  ) THEN
    RAISE check_violation USING CONSTRAINT = 'hour_line_gives_back_what_it_took', MESSAGE = 'more is given back than was taken';
  END IF;
  RETURN NULL;
END $$
"""
KEPT = """
CREATE FUNCTION hour_card_is_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
  IF NEW.held IS DISTINCT FROM (CASE TG_OP WHEN 'INSERT' THEN 0 ELSE OLD.held END) AND pg_trigger_depth() < 2 THEN
    RAISE check_violation USING CONSTRAINT = 'hour_card_held_by_lines', MESSAGE = 'only lines move what a card holds';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.create_table("hour_card",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("number", sa.String(length=40), nullable=False),
    sa.Column("customer_id", sa.Integer(), nullable=False),
    sa.Column("contract_id", sa.Integer(), nullable=True),
    sa.Column("level", sa.String(length=40), nullable=False),
    sa.Column("kind", sa.String(length=40), nullable=True),
    sa.Column("price", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("list_price", sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column("refund_by", sa.String(length=40), nullable=False),
    sa.Column("expires_on", sa.Date(), nullable=False),
    sa.Column("floor", sa.Numeric(precision=12, scale=3), nullable=False),
    sa.Column("low_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("state", sa.String(length=40), nullable=False),
    sa.Column("held", sa.Numeric(precision=12, scale=3), server_default="0", nullable=False),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint("held >= 0", name="hour_card_not_below_zero"),
    sa.CheckConstraint("price >= 0 AND list_price >= 0 AND floor >= 0", name="hour_card_price_not_below_zero"),
    sa.ForeignKeyConstraint(["tenant_id", "contract_id"], ["contract.tenant_id", "contract.id"], name="hour_card_contract_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], name="hour_card_customer_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="hour_card_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="hour_card_store_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id"),
    sa.UniqueConstraint("tenant_id", "contract_id", name="hour_card_contract_id_key"),
    sa.UniqueConstraint("tenant_id", "number", name="hour_card_number_key")
    )
    op.create_index("hour_card_contract_id_idx", "hour_card", ["tenant_id", "contract_id"])
    op.create_index("hour_card_customer_id_expires_on_idx", "hour_card", ["tenant_id", "customer_id", "expires_on", "id"])
    op.create_index("hour_card_customer_id_idx", "hour_card", ["tenant_id", "customer_id"])
    op.create_index("hour_card_extra_idx", "hour_card", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("hour_card_number_trigrams_idx", "hour_card", ["number"], postgresql_using="gin", postgresql_ops={"number": "gin_trgm_ops"})
    op.create_index("hour_card_owner_id_idx", "hour_card", ["tenant_id", "owner_id", "id"])
    op.create_index("hour_card_state_expires_on_idx", "hour_card", ["tenant_id", "state", "expires_on", "id"])
    op.create_index("hour_card_store_id_idx", "hour_card", ["tenant_id", "store_id", "id"])
    op.create_table("hour_line",
    sa.Column("tenant_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column("card_id", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(length=40), nullable=False),
    sa.Column("hours", sa.Numeric(precision=12, scale=3), nullable=False),
    sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("slip_id", sa.Integer(), nullable=True),
    sa.Column("visit_id", sa.Integer(), nullable=True),
    sa.Column("contract_id", sa.Integer(), nullable=True),
    sa.Column("opposite_of_id", sa.Integer(), nullable=True),
    sa.Column("reason", sa.Text(), nullable=True),
    sa.Column("part", sa.SmallInteger(), server_default="0", nullable=False),
    sa.Column("store_id", sa.Integer(), nullable=True),
    sa.Column("owner_id", sa.Integer(), nullable=True),
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("created_by", sa.Integer(), nullable=True),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint(OPPOSITE, name="hour_line_opposite"),
    sa.CheckConstraint(SIGN, name="hour_line_sign"),
    sa.ForeignKeyConstraint(["tenant_id", "card_id"], ["hour_card.tenant_id", "hour_card.id"], name="hour_line_card_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "contract_id"], ["contract.tenant_id", "contract.id"], name="hour_line_contract_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "opposite_of_id"], ["hour_line.tenant_id", "hour_line.id"], name="hour_line_opposite_of_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "owner_id"], ["staff.tenant_id", "staff.id"], name="hour_line_owner_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "slip_id"], ["slip.tenant_id", "slip.id"], name="hour_line_slip_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "store_id"], ["store.tenant_id", "store.id"], name="hour_line_store_id_fkey"),
    sa.ForeignKeyConstraint(["tenant_id", "visit_id"], ["visit.tenant_id", "visit.id"], name="hour_line_visit_id_fkey"),
    sa.PrimaryKeyConstraint("tenant_id", "id")
    )
    op.create_index("hour_line_card_id_at_idx", "hour_line", ["tenant_id", "card_id", "at", "id"])
    op.create_index("hour_line_card_id_idx", "hour_line", ["tenant_id", "card_id"])
    op.create_index("hour_line_contract_id_idx", "hour_line", ["tenant_id", "contract_id"])
    op.create_index("hour_line_extra_idx", "hour_line", ["extra"], postgresql_using="gin", postgresql_ops={"extra": "jsonb_path_ops"})
    op.create_index("hour_line_opposite_of_id_idx", "hour_line", ["tenant_id", "opposite_of_id"])
    op.create_index("hour_line_owner_id_idx", "hour_line", ["tenant_id", "owner_id", "id"])
    op.create_index("hour_line_part_once", "hour_line", ["tenant_id", "slip_id", "part"], unique=True)
    op.create_index("hour_line_slip_id_idx", "hour_line", ["tenant_id", "slip_id"])
    op.create_index("hour_line_store_id_idx", "hour_line", ["tenant_id", "store_id", "id"])
    op.create_index("hour_line_visit_id_idx", "hour_line", ["tenant_id", "visit_id"])
    op.add_column("contract", sa.Column("hours", sa.Numeric(precision=12, scale=3), nullable=True))
    op.add_column("contract", sa.Column("hour_price", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("contract", sa.Column("card_level", sa.String(length=40), nullable=True))
    op.add_column("contract_template", sa.Column("hours", sa.Numeric(precision=12, scale=3), nullable=True))
    op.add_column("contract_template", sa.Column("hour_price", sa.Numeric(precision=14, scale=2), nullable=True))
    op.add_column("contract_template", sa.Column("card_level", sa.String(length=40), nullable=True))
    op.add_column("price_rule", sa.Column("level", sa.String(length=40), nullable=True))
    op.add_column("slip", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("slip", sa.Column("state", sa.String(length=40), server_default="signed", nullable=False))
    op.drop_constraint("slip_visit_id_key", "slip", type_="unique")
    op.create_index("slip_visit_id_key", "slip", ["tenant_id", "visit_id"], unique=True, postgresql_where=sa.text("state != 'voided'"))
    op.create_check_constraint("contract_hours_above_zero", "contract", "hours > 0 AND hour_price >= 0")
    for sql in (
        ADD_UP, KEPT,
        "CREATE TRIGGER adds_up AFTER INSERT ON hour_line FOR EACH ROW EXECUTE FUNCTION hour_line_adds_up()",
        "CREATE TRIGGER is_kept BEFORE INSERT OR UPDATE ON hour_card FOR EACH ROW EXECUTE FUNCTION hour_card_is_kept()",
    ):  # fmt: skip
        op.execute(sql)
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
    op.drop_table("hour_line")
    op.drop_table("hour_card")
    op.execute("DROP FUNCTION hour_line_adds_up(), hour_card_is_kept()")
    op.drop_index("slip_visit_id_key", table_name="slip")
    op.execute("DELETE FROM pay_line p USING slip s WHERE s.tenant_id = p.tenant_id AND s.id = p.slip_id AND s.state = 'voided'")
    op.execute("DELETE FROM slip WHERE state = 'voided'")
    op.create_unique_constraint("slip_visit_id_key", "slip", ["tenant_id", "visit_id"])
    op.drop_constraint("contract_hours_above_zero", "contract", type_="check")
    for table, columns in (
        ("slip", ("state", "reason")), ("price_rule", ("level",)), ("contract", ("hours", "hour_price", "card_level")),
        ("contract_template", ("hours", "hour_price", "card_level")),
    ):  # fmt: skip
        for column in columns:
            op.drop_column(table, column)
    op.execute("DELETE FROM \"grant\" WHERE model IN ('HourCard', 'HourLine') OR (model = 'Slip' AND target = 'step:void')")
    op.execute("DELETE FROM scope WHERE model IN ('HourCard', 'HourLine')")
