"""Reviews of finished visits, what they ask about, the complaint of a low one, spot checks; and the rights to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

READS = "all files:read notes:read basic:read private:masked internal:read finance:read cost:read terms:read workflow:read +export +print"
KNOWN = "all basic:read"
REVIEW = "basic:write workflow:read notes:write +add +print"
SCORES = "basic:write +add +delete"
SEES = "basic:read workflow:read notes:read"
AUDITS = "basic:write workflow:read files:write notes:write +add +export +print >pass_it >send_back"
ANSWERS = "basic:read workflow:read files:fill notes:write"
NEW = ("ReviewDimension", "Review", "ReviewScore", "ServiceAudit")
RIGHTS = {
    "agent": {"ReviewDimension": KNOWN, "Review": f"own {REVIEW}", "ReviewScore": f"own {SCORES}", "ServiceAudit": f"own {ANSWERS}"},
    "dispatcher": {"ReviewDimension": KNOWN, "Review": f"store {SEES}", "ReviewScore": "store basic:read", "ServiceAudit": f"store {SEES}"},
    "manager": {"ReviewDimension": KNOWN, "Review": f"store {REVIEW} +export", "ReviewScore": f"store {SCORES} +export",
                "ServiceAudit": f"store {AUDITS}"},
    "admin": {"ReviewDimension": "all basic:write +add +delete +export", "Review": f"all {REVIEW} +export",
              "ReviewScore": f"all {SCORES} +export", "ServiceAudit": f"all {AUDITS}"},
    "head_office": dict.fromkeys(NEW, READS),
}  # fmt: skip
LEVELS = {"none": 0, "masked": 1, "read": 2, "fill": 3, "write": 4}
COMMON, FIRST = "tenant_id, version, created_at, changed_at, role, model", "t.tenant_id, 1, now(), now(), :role, :model"
COMPANIES = 'SELECT DISTINCT tenant_id FROM "grant" WHERE role = :role'
DIMENSIONS = (("准时", "Punctuality"), ("态度", "Attitude"), ("技能", "Skill"), ("整洁", "Tidiness"))


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


def ask() -> None:
    """What reviews are asked about, for the companies that are there."""
    made = sa.text(
        "INSERT INTO review_dimension (tenant_id, version, created_at, changed_at, name, name_en, position, active)"
        " SELECT id, 1, now(), now(), :name, :name_en, :position, true FROM tenant"
    )
    for n, (name, name_en) in enumerate(DIMENSIONS, 1):
        op.get_bind().execute(made, {"name": name, "name_en": name_en, "position": n})


def upgrade() -> None:
    op.create_table('review_dimension',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('kind_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=160), nullable=False),
    sa.Column('name_en', sa.String(length=160), nullable=True),
    sa.Column('position', sa.Numeric(precision=12, scale=3), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'kind_id'], ['service_kind.tenant_id', 'service_kind.id'], name='review_dimension_kind_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='review_dimension_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='review_dimension_store_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id')
    )
    op.create_index('review_dimension_extra_idx', 'review_dimension', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('review_dimension_kind_id_idx', 'review_dimension', ['tenant_id', 'kind_id'], unique=False)
    op.create_index('review_dimension_owner_id_idx', 'review_dimension', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('review_dimension_store_id_idx', 'review_dimension', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_table('review',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('worker_id', sa.Integer(), nullable=True),
    sa.Column('score', sa.SmallInteger(), nullable=False),
    sa.Column('message', sa.Text(), nullable=True),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('editable_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint('score BETWEEN 1 AND 5', name='review_score_is_stars'),
    sa.ForeignKeyConstraint(['tenant_id', 'customer_id'], ['customer.tenant_id', 'customer.id'], name='review_customer_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'order_id'], ['order.tenant_id', 'order.id'], name='review_order_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='review_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='review_store_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'visit_id'], ['visit.tenant_id', 'visit.id'], name='review_visit_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'worker_id'], ['worker.tenant_id', 'worker.id'], name='review_worker_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'visit_id', name='review_visit_id_key')
    )
    op.create_index('review_created_at_idx', 'review', ['tenant_id', 'created_at', 'id'], unique=False, postgresql_include=None)
    op.create_index('review_customer_id_idx', 'review', ['tenant_id', 'customer_id'], unique=False)
    op.create_index('review_extra_idx', 'review', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('review_order_id_idx', 'review', ['tenant_id', 'order_id'], unique=False)
    op.create_index('review_owner_id_idx', 'review', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('review_store_id_idx', 'review', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_index('review_visit_id_idx', 'review', ['tenant_id', 'visit_id'], unique=False)
    op.create_index('review_worker_id_created_at_idx', 'review', ['tenant_id', 'worker_id', 'created_at', 'id'], unique=False, postgresql_include=None)
    op.create_index('review_worker_id_idx', 'review', ['tenant_id', 'worker_id'], unique=False)
    op.create_table('review_score',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('review_id', sa.Integer(), nullable=False),
    sa.Column('dimension_id', sa.Integer(), nullable=False),
    sa.Column('worker_id', sa.Integer(), nullable=True),
    sa.Column('score', sa.SmallInteger(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.CheckConstraint('score BETWEEN 1 AND 5', name='review_score_score_is_stars'),
    sa.ForeignKeyConstraint(['tenant_id', 'dimension_id'], ['review_dimension.tenant_id', 'review_dimension.id'], name='review_score_dimension_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='review_score_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'review_id'], ['review.tenant_id', 'review.id'], name='review_score_review_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='review_score_store_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'worker_id'], ['worker.tenant_id', 'worker.id'], name='review_score_worker_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'review_id', 'dimension_id', name='review_score_review_id_dimension_id_key')
    )
    op.create_index('review_score_dimension_id_idx', 'review_score', ['tenant_id', 'dimension_id'], unique=False)
    op.create_index('review_score_extra_idx', 'review_score', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('review_score_owner_id_idx', 'review_score', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('review_score_review_id_idx', 'review_score', ['tenant_id', 'review_id'], unique=False)
    op.create_index('review_score_store_id_idx', 'review_score', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_index('review_score_worker_id_idx', 'review_score', ['tenant_id', 'worker_id'], unique=False)
    op.create_table('service_audit',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=True),
    sa.Column('worker_id', sa.Integer(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=True),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('percent', sa.Numeric(precision=12, scale=3), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=40), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'order_id'], ['order.tenant_id', 'order.id'], name='service_audit_order_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'owner_id'], ['staff.tenant_id', 'staff.id'], name='service_audit_owner_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'store_id'], ['store.tenant_id', 'store.id'], name='service_audit_store_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'visit_id'], ['visit.tenant_id', 'visit.id'], name='service_audit_visit_id_fkey'),
    sa.ForeignKeyConstraint(['tenant_id', 'worker_id'], ['worker.tenant_id', 'worker.id'], name='service_audit_worker_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'visit_id', name='service_audit_visit_id_key')
    )
    op.create_index('service_audit_extra_idx', 'service_audit', ['extra'], unique=False, postgresql_using='gin', postgresql_ops={'extra': 'jsonb_path_ops'})
    op.create_index('service_audit_order_id_idx', 'service_audit', ['tenant_id', 'order_id'], unique=False)
    op.create_index('service_audit_owner_id_idx', 'service_audit', ['tenant_id', 'owner_id', 'id'], unique=False)
    op.create_index('service_audit_state_created_at_idx', 'service_audit', ['tenant_id', 'state', 'created_at', 'id'], unique=False, postgresql_include=None)
    op.create_index('service_audit_store_id_idx', 'service_audit', ['tenant_id', 'store_id', 'id'], unique=False)
    op.create_index('service_audit_visit_id_idx', 'service_audit', ['tenant_id', 'visit_id'], unique=False)
    op.create_index('service_audit_worker_id_idx', 'service_audit', ['tenant_id', 'worker_id'], unique=False)
    op.add_column('store', sa.Column('low_score', sa.Integer(), nullable=True))
    op.add_column('complaint', sa.Column('review_id', sa.Integer(), nullable=True))
    op.create_foreign_key('complaint_review_id_fkey', 'complaint', 'review', ['tenant_id', 'review_id'], ['tenant_id', 'id'])
    op.create_unique_constraint('complaint_review_id_key', 'complaint', ['tenant_id', 'review_id'])
    op.create_index('complaint_review_id_idx', 'complaint', ['tenant_id', 'review_id'], unique=False)
    ask()
    give()


def downgrade() -> None:
    op.drop_column('complaint', 'review_id')
    op.drop_column('store', 'low_score')
    for table in ('service_audit', 'review_score', 'review', 'review_dimension'):
        op.drop_table(table)
    for table in ('"grant"', "scope"):
        op.execute(f"DELETE FROM {table} WHERE model IN ('ReviewDimension', 'Review', 'ReviewScore', 'ServiceAudit')")
