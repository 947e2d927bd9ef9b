"""Seal everything anew with the newest key, so that the older ones can be dropped. It may be killed and begun again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Text, and_, bindparam, func, not_, or_, select, type_coerce, update  # noqa: TID251

from app.engine import vault
from app.engine.audit import AuditEntry
from app.engine.current import acting, tenant_id
from app.engine.wall import leave
from app.extensions import db

BATCH = 500  # rows of one transaction: they are locked meanwhile
PARTS = tuple(vault.cuts(""))
Tell = Callable[[str], None]


def rotate(tell: Tell, batch: int = BATCH) -> int:
    """Seal what older keys sealed, tenant by tenant. Returns how many rows it changed; ``tell`` hears of each batch.

    Versions and times of the rows stay as they are: nobody changed anything. The trail gets one entry for each tenant.
    """
    return sum(rotate_tenant(tenant, tell, batch) for tenant in tenants())


def tenants() -> list[int]:
    """Every tenant there is, in order."""
    leave(db.session)
    with acting(tenant_id=None):
        found = [row[0] for row in db.session.execute(select(func.every_tenant()))]
        db.session.remove()
    return sorted(found)


def rotate_tenant(tenant: int, tell: Tell, batch: int) -> int:
    changed: dict[str, int] = {}
    with acting(tenant_id=tenant, actor_id=None, store_id=None, roles=frozenset(), trusted="rotate keys"):
        for table, columns in sealed_tables().items():
            last = 0
            while (found := rotate_batch(table, columns, last, batch)) is not None:
                last, rows = found
                changed[table.name] = changed.get(table.name, 0) + rows
                tell(f"tenant {tenant} {table.name}: {changed[table.name]}")
        if changed:
            entry = AuditEntry(model="Tenant", record_id=tenant, made=0, action="rotate", reason=vault.newest(), changes=changed)
            db.session.add(entry)
            db.session.commit()
    leave(db.session)
    return sum(changed.values())


def sealed_tables() -> dict[Any, list[Any]]:
    """Every table with sealed columns, records and others alike."""
    found = {t: [c for c in t.columns if isinstance(c.type, vault.Sealed)] for t in Model.metadata.sorted_tables}
    return {table: columns for table, columns in found.items() if columns and "tenant_id" in table.c}


def rotate_batch(table: Any, columns: list[Any], last: int, batch: int) -> tuple[int, int] | None:
    """Seal the next rows after an id, in one transaction; None when there are none left."""
    raw = [type_coerce(c, Text).label(c.name) for c in columns]
    # A row that somebody is changing is waited for, and then read as he left it.
    query = select(table.c.id, *raw).where(table.c.id > last, older(table, columns)).order_by(table.c.id).limit(batch).with_for_update()
    connection = db.session.connection()
    rows = connection.execute(query).mappings().all()
    if rows:
        names = [c.name for c in columns] + [h.name for h in hash_columns(table, columns)]
        values: dict[str, Any] = {n: bindparam(f"new_{n}", type_=Text) for n in names}
        if "changed_at" in table.c:
            values["changed_at"] = table.c.changed_at  # or its onupdate would stamp it
        change = update(table).where(table.c.tenant_id == tenant_id(), table.c.id == bindparam("row")).values(**values)
        connection.execute(change, [renewed(table, columns, row) for row in rows])
    db.session.commit()
    return (rows[-1]["id"], len(rows)) if rows else None


def older(table: Any, columns: list[Any]) -> Any:
    """The condition that some value or hash of a row bears another mark than the newest key's."""
    kept = [*columns, *hash_columns(table, columns)]
    return or_(*(and_(c.is_not(None), not_(type_coerce(c, Text).startswith(vault.newest(), autoescape=True))) for c in kept))


def hash_columns(table: Any, columns: list[Any]) -> list[Any]:
    return [table.c[f"{c.name}_{part}"] for c in columns for part in PARTS if f"{c.name}_{part}" in table.c]


def renewed(table: Any, columns: list[Any], row: Any) -> dict[str, Any]:
    """The new values of a row, as the update wants them."""
    made: dict[str, Any] = {"row": row["id"]}
    for column in columns:
        plain = None if row[column.name] is None else vault.unseal(row[column.name])
        made[f"new_{column.name}"] = None if plain is None else vault.seal(plain)
        for part, text in vault.cuts(plain or "").items():
            if f"{column.name}_{part}" in table.c:
                kept = vault.fingerprint(text, part, tenant_id()) if text else None
                made[f"new_{column.name}_{part}"] = kept
    return made
