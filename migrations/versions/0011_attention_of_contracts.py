"""Attention of a contract, and the rights to it for companies that are there already; what a company set itself stays."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RIGHTS = {"agent": 4, "manager": 4, "finance": 2}


def upgrade() -> None:
    op.add_column("contract", sa.Column("attention", sa.String(length=40), server_default="4", nullable=False))
    give = sa.text(
        'INSERT INTO "grant" (tenant_id, version, created_at, changed_at, role, model, target, level) '
        "SELECT t.tenant_id, 1, now(), now(), :role, 'Contract', 'internal', :level "
        "FROM (SELECT DISTINCT tenant_id FROM \"grant\" WHERE role = :role AND model = 'Contract') t ON CONFLICT DO NOTHING"
    )
    for role, level in RIGHTS.items():
        op.get_bind().execute(give, {"role": role, "level": level})
    op.execute("UPDATE stamp SET changes = changes + 1")


def downgrade() -> None:
    op.drop_column("contract", "attention")
