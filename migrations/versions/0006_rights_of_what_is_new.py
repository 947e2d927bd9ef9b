"""Give companies that are there already the rights that new ones begin with: for the new records, and for the partner role.

Each line is a role, a record, its reach (``-`` leaves that as it is) and levels. What a company set itself stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

RIGHTS = """
agent StorePrice all basic=2 finance=2
agent Order - given=2 contact=4
agent Contract own basic=4 finance=4 terms=4 finance@active=3 terms@active=2 workflow=2 files=4 can:add=4 can:print=4 can:share=4
agent Contract - step:activate=4
dispatcher StorePrice all basic=2 finance=2
manager StorePrice all basic=2 finance=2
manager Order - contact=4
manager Contract store basic=4 finance=4 terms=4 finance@active=3 terms@active=2 workflow=2 files=4 can:add=4 can:print=4 can:share=4
manager Contract - step:activate=4 can:export=4 can:bulk=4 step:end=4 step:terminate=4
finance StorePrice all basic=2 finance=2
finance Contract all basic=2 finance=3 terms=2 workflow=2 can:export=4 can:print=4
partner Staff store basic=2
partner Service all basic=2
partner Worker store basic=4 private=1 phone=2 can:add=4
partner Order given basic=2 private=2 special=2 workflow=2 can:assign=4 can:print=4 can:export=4
partner Visit given basic=2 workflow=2 files=4 can:print=4 can:export=4 step:accept=4 step:decline=4 step:set_out=4 step:check_in=4
partner Visit - step:finish=4 step:cancel=4
admin Service - can:bulk=4
admin StorePrice all basic=3 internal=4 finance=4 workflow=2 files=4 can:add=4 can:delete=4 can:export=4 can:import=4 can:bulk=4
admin Customer - can:bulk=4
admin Worker - can:bulk=4
admin Order - can:bulk=4
admin Contract all basic=4 finance=4 terms=4 finance@active=3 terms@active=2 workflow=2 files=4 can:add=4 can:print=4 can:share=4
admin Contract - step:activate=4 private=4 internal=4 can:export=4 can:import=4 can:assign=4 can:bulk=4 step:end=4 step:terminate=4
admin Visit - can:bulk=4
admin Receivable - can:bulk=4
head_office Contract all files=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
head_office StorePrice all files=2 basic=2 private=1 internal=2 finance=2 cost=2 terms=2 workflow=2 can:export=4 can:print=4
"""
COMPANIES = "SELECT DISTINCT tenant_id FROM \"grant\""
COMMON = "tenant_id, version, created_at, changed_at, role, model"
FIRST = "t.tenant_id, 1, now(), now(), :role, :model"


def upgrade() -> None:
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
