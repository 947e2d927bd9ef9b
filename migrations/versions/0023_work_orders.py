"""Work orders, the devices of orders, what a service makes; and the rights to them of roles that are there already."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

READS = "all files:read notes:read basic:read private:masked internal:read finance:read cost:read terms:read workflow:read +export +print"
SEES = "basic:read private:read internal:read workflow:read files:read notes:write +print"
LEADS = "basic:write private:read internal:write workflow:read files:write notes:write +print +export"
DEVICES = "basic:write +add +delete"
RIGHTS = {
    "agent": {"WorkOrder": f"own {SEES}", "DeviceLine": f"own {DEVICES}"},
    "dispatcher": {"WorkOrder": f"store {LEADS}", "DeviceLine": f"store {DEVICES} +export"},
    "manager": {"WorkOrder": f"store {LEADS} +bulk", "DeviceLine": f"store {DEVICES} +export"},
    "finance": {"WorkOrder": "all basic:read workflow:read +export", "DeviceLine": "all basic:read +export"},
    "admin": {"WorkOrder": f"all {LEADS} +bulk", "DeviceLine": f"all {DEVICES} +export"},
    "head_office": {"WorkOrder": READS, "DeviceLine": READS},
}  # fmt: skip
LEVELS = {"none": 0, "masked": 1, "read": 2, "fill": 3, "write": 4}
COMMON, FIRST = "tenant_id, version, created_at, changed_at, role, model", "t.tenant_id, 1, now(), now(), :role, :model"
COMPANIES = 'SELECT DISTINCT tenant_id FROM "grant" WHERE role = :role'


def give() -> None:
    """The rights of a new company, for the companies that are there; what a company set itself stays."""
    scope = sa.text(f"INSERT INTO scope ({COMMON}, reach) SELECT {FIRST}, :reach FROM ({COMPANIES}) t ON CONFLICT DO NOTHING")
    grant = sa.text(f'INSERT INTO "grant" ({COMMON}, target, level) SELECT {FIRST}, :target, :level FROM ({COMPANIES}) t ON CONFLICT DO NOTHING')
    for role, lines in RIGHTS.items():
        for model, line in lines.items():
            reach, *words = line.split()
            who = {"role": role, "model": model}
            op.get_bind().execute(scope, who | {"reach": reach})
            for word in words:
                target, _mark, level = word.partition(":")
                named = {"+": "can:", ">": "step:"}.get(word[0])
                given = {"target": f"{named}{word[1:]}", "level": 4} if named else {"target": target, "level": LEVELS[level]}
                op.get_bind().execute(grant, who | given)
    op.execute("UPDATE stamp SET changes = changes + 1")


def upgrade() -> None:
    op.create_table('work_order',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('city', sa.String(length=160), nullable=True),
    sa.Column('district', sa.String(length=160), nullable=True),
    sa.Column('address', sa.String(length=160), nullable=True),
    sa.Column('door', sa.String(length=160), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lng', sa.Float(), nullable=True),
    sa.Column('contact', sa.String(length=160), nullable=True),
    sa.Column('special', sa.Text(), nullable=True),
    sa.Column('result', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='work_order_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'order_id'], ['order.tenant_id', 'order.id'], name='work_order_order_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='work_order_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'service_id'], ['service.tenant_id', 'service.id'], name='work_order_service_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='work_order_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'number', name='work_order_number_key'),
    sa.UniqueConstraint('tenant_id', 'order_id', name='work_order_order_id_key')
    )
    op.create_index('work_order_customer_id_idx', 'work_order', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('work_order_extra_idx', 'work_order', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('work_order_number_trigrams_idx', 'work_order', ['number'], unique=False, postgresql_using='gin', postgresql_ops={'number': 'gin_trgm_ops'})
    op.create_index('work_order_order_id_idx', 'work_order', ['tenant_id', 'order_id'], unique=False)
    op.create_index('work_order_owner_id_idx', 'work_order', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('work_order_service_id_idx', 'work_order', ['tenant_id', 'service_id'], unique=False)
    op.create_index('work_order_starts_at_idx', 'work_order', ['tenant_id', 'starts_at', 'id'], unique=False, postgresql_include=None)
    op.create_index('work_order_state_starts_at_idx', 'work_order', ['tenant_id', 'state', 'starts_at', 'id'], unique=False, postgresql_include=None)
    op.create_index('work_order_store_id_idx', 'work_order', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_table('device_line',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('work_order_id', sa.Integer(), nullable=True),
    sa.Column('device', sa.String(length=40), nullable=False),
    sa.Column('brand_model', sa.String(length=160), nullable=True),
    sa.Column('quantity', sa.Numeric(precision=12, scale=3), nullable=False),
    sa.Column('terms', sa.String(length=40), nullable=False),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint('order_id IS NOT NULL OR work_order_id IS NOT NULL', name='device_line_is_for_something'),
    sa.CheckConstraint('quantity > 0', name='device_line_quantity_above_zero'),
    sa.ForeignKeyConstraint(['tenant_id', 'order_id'], ['order.tenant_id', 'order.id'], name='device_line_order_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='device_line_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='device_line_store_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'work_order_id'], ['work_order.tenant_id', 'work_order.id'], name='device_line_work_order_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id')
    )
    op.create_index('device_line_extra_idx', 'device_line', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('device_line_order_id_idx', 'device_line', ['tenant_id', 'order_id'], unique=False)
    op.create_index('device_line_owner_id_idx', 'device_line', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('device_line_store_id_idx', 'device_line', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_index('device_line_work_order_id_idx', 'device_line', ['tenant_id', 'work_order_id'], unique=False)
    op.add_column('service', sa.Column('work', sa.String(length=40), nullable=True))
    op.add_column('service', sa.Column('device', sa.String(length=40), nullable=True))
    # The sample's services of before make work orders too.
    for code, work in (("ZYJ", "install"), ("ZYW", "maintain")):
        made = sa.text("UPDATE service SET work = :work, device = 'oxygen' WHERE code = :code AND tenant_id IN (SELECT id FROM tenant WHERE sample)")
        op.get_bind().execute(made, {"work": work, "code": code})
    give()


def downgrade() -> None:
    op.drop_column('service', 'device')
    op.drop_column('service', 'work')
    op.drop_table('device_line')
    op.drop_table('work_order')
    for table in ('"grant"', "scope"):
        op.execute(f"DELETE FROM {table} WHERE model IN ('WorkOrder', 'DeviceLine')")
