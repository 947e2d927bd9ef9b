"""What head office keeps in a company's settings, and under which name it published it."""

from __future__ import annotations

from typing import Any

from app.engine.current import current, tenant_id
from app.engine.record import record_named
from app.engine.settings.reading import all_of, here, real
from app.engine.settings.tables import ReceivedPackage


def locks(session: Any) -> dict[tuple[str, str], str]:
    """(kind, key) -> the name of the package, of everything that the acting company may only look at."""
    made: dict[tuple[str, str], str] = {}
    for row in all_of(real(session), ReceivedPackage, [tenant_id()], ReceivedPackage.locked):
        for kind, values in (row.content or {}).items():
            made |= {(kind, key): row.name for key in values if f"{kind} {key}" not in (row.troubles or {})}
    return made


def kept_above(session: Any, kind: str, table: str, code: str | None) -> str:
    """The package of head office that a setting belongs to, for the page that would change it; or nothing."""
    memo, model = current().memo, record_named(table)
    if "locks" not in memo:
        memo["locks"] = locks(session)
    if not memo["locks"] or not code:
        return ""
    if kind == "layouts":
        role, at, device = code.partition("@")
        code = f"{here(session).role_out(role)}{at}{device}"
    return str(memo["locks"].get((kind, f"{model.__name__}.{code}" if model is not None else code), ""))
