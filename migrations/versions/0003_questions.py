"""Saved views, and indexes for searching inside names, spellings and codes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0003'
down_revision = "0002"
branch_labels = None
depends_on = None


LETTERS = (
    ('customer', 'name'), ('service', 'name'), ('service', 'name_en'), ('staff', 'name'), ('store', 'name'), ('worker', 'name'),
)
TRIGRAMS = (
    ('contract', 'number'), ('customer', 'initials'), ('customer', 'pinyin'), ('order', 'number'), ('privacy_ticket', 'number'), ('receipt', 'number'),
    ('receivable', 'number'), ('service', 'code'), ('staff', 'username'), ('store', 'code'), ('visit', 'number'), ('worker', 'initials'),
    ('worker', 'pinyin'),
)


def upgrade() -> None:
    op.create_table('saved_view',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('model', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('audience', sa.String(length=10), nullable=False),
    sa.Column('role', sa.String(length=40), nullable=True),
    sa.Column('question', sa.Text(), nullable=False),
    sa.Column('look', sa.Text(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.PrimaryKeyConstraint('tenant_id', 'id')
    )
    op.create_index('saved_view_model_idx', 'saved_view', ['tenant_id', 'model', 'id'], unique=False)
    op.create_table('first_view',
    sa.Column('tenant_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('model', sa.String(length=60), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('role', sa.String(length=40), nullable=True),
    sa.Column('view_id', sa.Integer(), nullable=False),
    sa.Column('store_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extra', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['tenant_id', 'view_id'], ['saved_view.tenant_id', 'saved_view.id'], name='first_view_view_id_fkey'),
    sa.PrimaryKeyConstraint('tenant_id', 'id'),
    sa.UniqueConstraint('tenant_id', 'model', 'role', name='first_view_model_role_key'),
    sa.UniqueConstraint('tenant_id', 'model', 'user_id', name='first_view_model_user_id_key')
    )
    op.create_index('first_view_view_id_idx', 'first_view', ['tenant_id', 'view_id'], unique=False)
    for table, column in LETTERS:
        letters = [sa.literal_column(f'string_to_array({column}, NULL)')]
        op.create_index(f'{table}_{column}_letters_idx', table, letters, unique=False, postgresql_using='gin')
    for table, column in TRIGRAMS:
        ops = {column: 'gin_trgm_ops'}
        op.create_index(f'{table}_{column}_trigrams_idx', table, [column], unique=False, postgresql_using='gin', postgresql_ops=ops)


def downgrade() -> None:
    for table, column in TRIGRAMS:
        op.drop_index(f'{table}_{column}_trigrams_idx', table_name=table)
    for table, column in LETTERS:
        op.drop_index(f'{table}_{column}_letters_idx', table_name=table)
    op.drop_table('first_view')
    op.drop_table('saved_view')
