"""Customers whole: household contacts, addresses, needs, follow-ups, coupons; reminders by rules; state, industry and wishes.

Companies that are there already get the rights that new ones begin with. What a company set itself stays.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RIGHTS = """
agent Contact own basic=4 private=1 phone=4 internal=4 notes=4 can:add=4 can:delete=4 can:print=4
agent CustomerAddress own basic=4 private=4 internal=4 can:add=4 can:delete=4 can:print=4
agent Need own basic=4 finance=4 internal=4 workflow=2 files=4 notes=4 can:add=4 can:share=4 can:print=4 step:match=4 step:order=4
agent Need - step:contract=4 step:lose=4 step:reopen=4
agent Followup own basic=4 internal=4 files=4 notes=4 can:add=4 can:print=4
agent Coupon own basic=2 finance=2 used_on=3 order=3
dispatcher Contact store basic=2 private=1 phone=2
dispatcher CustomerAddress store basic=2 private=2
dispatcher Need store basic=2 workflow=2
dispatcher Followup store basic=2 internal=2
manager Contact store basic=4 private=1 phone=4 internal=4 notes=4 can:add=4 can:delete=4 can:print=4 can:export=4 can:import=4 can:bulk=4
manager CustomerAddress store basic=4 private=4 internal=4 can:add=4 can:delete=4 can:print=4 can:export=4 can:import=4 can:bulk=4
manager Need store basic=4 finance=4 internal=4 workflow=2 files=4 notes=4 can:add=4 can:share=4 can:print=4 step:match=4 step:order=4
manager Need - step:contract=4 step:lose=4 step:reopen=4 can:export=4 can:assign=4 can:bulk=4
manager Followup store basic=4 internal=4 files=4 notes=4 can:add=4 can:print=4 can:export=4 can:assign=4 can:bulk=4
manager Coupon store basic=4 finance=4 notes=4 can:add=4 can:export=4 can:print=4
finance Coupon all basic=2 finance=2 used_on=3 order=3 can:export=4
admin Contact all files=4 notes=4 basic=4 private=4 internal=4 finance=4 cost=4 workflow=2 can:add=4 can:delete=4 can:export=4
admin Contact - can:import=4 can:reveal=4 can:print=4 can:assign=4 can:bulk=4
admin CustomerAddress all files=4 notes=4 basic=4 private=4 internal=4 finance=4 cost=4 workflow=2 can:add=4 can:delete=4 can:export=4
admin CustomerAddress - can:import=4 can:print=4 can:assign=4 can:bulk=4
admin Need all basic=4 finance=4 internal=4 workflow=2 files=4 notes=4 can:add=4 can:share=4 can:print=4 step:match=4 step:order=4
admin Need - step:contract=4 step:lose=4 step:reopen=4 can:delete=4 can:export=4 can:import=4 can:assign=4 can:bulk=4
admin Followup all files=4 notes=4 basic=4 private=4 internal=4 finance=4 cost=4 workflow=2 can:add=4 can:delete=4 can:export=4
admin Followup - can:import=4 can:print=4 can:assign=4 can:bulk=4
admin Coupon all files=4 notes=4 basic=4 private=4 internal=4 finance=4 cost=4 workflow=2 can:add=4 can:export=4 can:print=4
head_office Contact all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office CustomerAddress all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office Need all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office Followup all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office Coupon all files=2 notes=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
"""
COMPANIES = "SELECT DISTINCT tenant_id FROM \"grant\""
COMMON = "tenant_id, version, created_at, changed_at, role, model"
FIRST = "t.tenant_id, 1, now(), now(), :role, :model"


def upgrade() -> None:
    op.add_column('customer', sa.Column('stage', sa.String(length=40), server_default='lead', nullable=False))
    op.add_column('customer', sa.Column('industry', sa.String(length=40), nullable=True))
    op.add_column('customer', sa.Column('preferred_id', sa.Integer(), nullable=True))
    op.add_column('customer', sa.Column('standing', sa.Text(), nullable=True))
    op.create_index('customer_preferred_id_idx', 'customer', ['tenant_id', 'preferred_id'], unique=False)
    op.create_foreign_key('customer_preferred_id_fkey', 'customer', 'worker', ['tenant_id', 'preferred_id'], ['tenant_id', 'id'])
    op.create_table('contact',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('relation', sa.String(length=40), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('first', sa.Boolean(), nullable=False),
    sa.Column('pays', sa.Boolean(), nullable=False),
    sa.Column('cared', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('phone_hash', sa.String(length=40), nullable=True),
    sa.Column('phone_last4', sa.String(length=40), nullable=True),
    sa.Column('phone_first7', sa.String(length=40), nullable=True),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='contact_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='contact_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='contact_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id')
    )
    op.create_index('contact_customer_id_idx', 'contact', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('contact_extra_idx', 'contact', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('contact_name_letters_idx', 'contact', [sa.literal_column('string_to_array(name, NULL)')], unique=False, postgresql_using='gin')
    op.create_index('contact_owner_id_idx', 'contact', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('contact_phone_first7_idx', 'contact', ['tenant_id', 'phone_first7'], unique=False)
    op.create_index('contact_phone_hash_idx', 'contact', ['tenant_id', 'phone_hash'], unique=False)
    op.create_index('contact_phone_last4_idx', 'contact', ['tenant_id', 'phone_last4'], unique=False)
    op.create_index('contact_store_id_idx', 'contact', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_table('customer_address',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=160), nullable=False),
    sa.Column('city', sa.String(length=160), nullable=True),
    sa.Column('district', sa.String(length=160), nullable=True),
    sa.Column('address', sa.String(length=160), nullable=True),
    sa.Column('door', sa.String(length=160), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('lng', sa.Float(), nullable=True),
    sa.Column('way_in', sa.Text(), nullable=True),
    sa.Column('usual', sa.Boolean(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='customer_address_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='customer_address_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='customer_address_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id')
    )
    op.create_index('customer_address_address_letters_idx', 'customer_address', [sa.literal_column('string_to_array(address, NULL)')], unique=False, postgresql_using='gin')
    op.create_index('customer_address_customer_id_idx', 'customer_address', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('customer_address_extra_idx', 'customer_address', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('customer_address_label_letters_idx', 'customer_address', [sa.literal_column('string_to_array(label, NULL)')], unique=False, postgresql_using='gin')
    op.create_index('customer_address_owner_id_idx', 'customer_address', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('customer_address_store_id_idx', 'customer_address', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_table('followup',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('talked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('way', sa.String(length=40), nullable=False),
    sa.Column('whom', sa.String(length=160), nullable=True),
    sa.Column('said', sa.Text(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done', sa.Boolean(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='followup_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='followup_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='followup_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id')
    )
    op.create_index('followup_customer_id_idx', 'followup', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('followup_customer_id_talked_at_idx', 'followup', ['tenant_id', 'customer_id', 'talked_at', 'id'], unique=False)
    op.create_index('followup_extra_idx', 'followup', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('followup_next_at_idx', 'followup', ['tenant_id', 'next_at', 'id'], unique=False)
    op.create_index('followup_owner_id_idx', 'followup', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('followup_said_letters_idx', 'followup', [sa.literal_column('string_to_array(said, NULL)')], unique=False, postgresql_using='gin')
    op.create_index('followup_store_id_idx', 'followup', ['tenant_id', 'store_id', 'id'], unique=False)
    op.add_column('order', sa.Column('site_id', sa.Integer(), nullable=True))
    op.create_index('order_site_id_idx', 'order', ['tenant_id', 'site_id'], unique=False)
    op.create_foreign_key('order_site_id_fkey', 'order', 'customer_address', ['tenant_id', 'site_id'], ['tenant_id', 'id'])
    op.add_column('order', sa.Column('wanted_id', sa.Integer(), nullable=True))
    op.create_index('order_wanted_id_idx', 'order', ['tenant_id', 'wanted_id'], unique=False)
    op.create_foreign_key('order_wanted_id_fkey', 'order', 'worker', ['tenant_id', 'wanted_id'], ['tenant_id', 'id'])
    op.create_table('need',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=True),
    sa.Column('wishes', sa.Text(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('quantity', sa.Numeric(precision=12, scale=3), nullable=False),
    sa.Column('budget', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('contract_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint('budget >= 0', name='need_budget_not_below_zero'),
    sa.CheckConstraint('quantity > 0', name='need_quantity_above_zero'),
    sa.ForeignKeyConstraint(['tenant_id', 'contract_id'], ['contract.tenant_id', 'contract.id'], name='need_contract_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='need_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'order_id'], ['order.tenant_id', 'order.id'], name='need_order_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='need_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'service_id'], ['service.tenant_id', 'service.id'], name='need_service_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='need_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'number', name='need_number_key')
    )
    op.create_index('need_contract_id_idx', 'need', ['tenant_id', 'contract_id'], unique=False)
    op.create_index('need_customer_id_idx', 'need', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('need_extra_idx', 'need', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('need_number_trigrams_idx', 'need', ['number'], unique=False, postgresql_using='gin', postgresql_ops={'number': 'gin_trgm_ops'})
    op.create_index('need_order_id_idx', 'need', ['tenant_id', 'order_id'], unique=False)
    op.create_index('need_owner_id_idx', 'need', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('need_service_id_idx', 'need', ['tenant_id', 'service_id'], unique=False)
    op.create_index('need_state_starts_at_idx', 'need', ['tenant_id', 'state', 'starts_at', 'id'], unique=False)
    op.create_index('need_store_id_idx', 'need', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_table('coupon',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('occasion', sa.String(length=40), nullable=False),
    sa.Column('year', sa.Integer(), nullable=True),
    sa.Column('amount', sa.Numeric(precision=14, scale=2), nullable=True),
    sa.Column('percent', sa.Numeric(precision=12, scale=3), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.Column('used_on', sa.Date(), nullable=True),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint('amount > 0', name='coupon_amount_above_zero'),
    sa.CheckConstraint('percent > 0', name='coupon_percent_above_zero'),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='coupon_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'order_id'], ['order.tenant_id', 'order.id'], name='coupon_order_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='coupon_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='coupon_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'customer_id', 'occasion', 'year', name='coupon_customer_id_occasion_year_key'),
    sa.UniqueConstraint('tenant_id', 'number', name='coupon_number_key')
    )
    op.create_index('coupon_customer_id_idx', 'coupon', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('coupon_extra_idx', 'coupon', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('coupon_number_trigrams_idx', 'coupon', ['number'], unique=False, postgresql_using='gin', postgresql_ops={'number': 'gin_trgm_ops'})
    op.create_index('coupon_order_id_idx', 'coupon', ['tenant_id', 'order_id'], unique=False)
    op.create_index('coupon_owner_id_idx', 'coupon', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('coupon_store_id_idx', 'coupon', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_index('coupon_valid_until_idx', 'coupon', ['tenant_id', 'valid_until', 'id'], unique=False)
    op.create_table('reminder_rule',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('model', sa.String(length=60), nullable=False),
    sa.Column('field', sa.String(length=60), nullable=False),
    sa.Column('yearly', sa.Boolean(), nullable=False),
    sa.Column('days', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('told', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('asked', sa.Text(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('title_en', sa.String(length=120), nullable=False),
    sa.Column('again', sa.Integer(), nullable=False),
    sa.Column('first', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('more', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('ran_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'code', name='reminder_rule_code_key')
    )
    op.create_table('reminder',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('model', sa.String(length=60), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lead', sa.Integer(), nullable=False),
    sa.Column('told', sa.String(length=50), nullable=False),
    sa.Column('for_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.String(length=40), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Integer(), nullable=True),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'rule_id'], ['reminder_rule.tenant_id', 'reminder_rule.id'], name='reminder_rule_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'rule_id', 'record_id', 'at', 'lead', 'told', name='reminder_rule_id_record_id_at_lead_told_key')
    )
    op.create_index('reminder_for_id_due_at_idx', 'reminder', ['tenant_id', 'for_id', 'due_at', 'id'], unique=False)
    op.create_index('reminder_model_record_id_idx', 'reminder', ['tenant_id', 'model', 'record_id', 'id'], unique=False)
    op.create_index('reminder_role_due_at_idx', 'reminder', ['tenant_id', 'role', 'due_at', 'id'], unique=False)
    op.create_index('reminder_rule_id_idx', 'reminder', ['tenant_id', 'rule_id'], unique=False)
    ordered = 'EXISTS (SELECT FROM "order" o WHERE o.tenant_id = c.tenant_id AND o.customer_id = c.id AND o.state <> \'cancelled\')'
    op.execute(f"UPDATE customer c SET stage = CASE WHEN c.level = 'past' THEN 'past' WHEN {ordered} THEN 'active' ELSE 'lead' END")
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
    """Rights that were given stay: a company may have changed them since."""
    op.drop_table('reminder')
    op.drop_table('reminder_rule')
    op.drop_index('coupon_order_id_idx', table_name='coupon')
    op.drop_table('coupon')
    op.drop_index('need_order_id_idx', table_name='need')
    op.drop_table('need')
    op.drop_constraint('order_wanted_id_fkey', 'order', type_='foreignkey')
    op.drop_index('order_wanted_id_idx', table_name='order')
    op.drop_column('order', 'wanted_id')
    op.drop_constraint('order_site_id_fkey', 'order', type_='foreignkey')
    op.drop_index('order_site_id_idx', table_name='order')
    op.drop_column('order', 'site_id')
    op.drop_table('followup')
    op.drop_table('customer_address')
    op.drop_table('contact')
    op.drop_constraint('customer_preferred_id_fkey', 'customer', type_='foreignkey')
    op.drop_index('customer_preferred_id_idx', table_name='customer')
    op.drop_column('customer', 'standing')
    op.drop_column('customer', 'preferred_id')
    op.drop_column('customer', 'industry')
    op.drop_column('customer', 'stage')
