"""The index of orders by state carries what boards, pivots and charts add up, so that they do not read the table."""

from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None

NAME, COLUMNS = "order_state_starts_at_idx", ["tenant_id", "state", "starts_at", "id"]


def upgrade() -> None:
    op.drop_index(NAME, table_name="order")
    op.create_index(NAME, "order", COLUMNS, unique=False, postgresql_include=["amount", "store_id", "owner_id"])


def downgrade() -> None:
    op.drop_index(NAME, table_name="order")
    op.create_index(NAME, "order", COLUMNS, unique=False)
