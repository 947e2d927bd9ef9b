"""The second wall: PostgreSQL itself hides other tenants, so a forgotten filter or raw SQL finds nothing.

The tenant is named with a transaction-local setting. It travels in the same round trip as BEGIN, and vanishes with
the transaction, so a pooled connection never carries it to the next request.
"""

from __future__ import annotations

from typing import Any

from psycopg.pq import ExecStatus
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from app.engine.current import current

# A memory of looked-up rows is laid out for all that there may be: milliseconds, for the few dozen rows of a page.
PLANS = "SET LOCAL enable_memoize = off"
NAME = "SELECT set_config('app.tenant', %s, true), set_config('role', %s, true)"
# After its transaction the setting reads as '' and not as NULL, and ''::int is an error: hence nullif.
MINE = "{column} = nullif(current_setting('app.tenant', true), '')::int"

# Row-level security keeps an index from every operator that is not LEAKPROOF. These were read one by one: none of
# them puts its argument into an error text or elsewhere; the superuser of the embedded server marks them.
LEAKPROOF = (
    "numeric_eq(numeric,numeric)", "numeric_gt(numeric,numeric)", "numeric_ge(numeric,numeric)",
    "numeric_lt(numeric,numeric)", "numeric_le(numeric,numeric)", "textlike(text,text)", "texticlike(text,text)",
    "like_escape(text,text)", "lower(text)", "range_overlaps(anyrange,anyrange)", "string_to_array(text,text)",
    "arraycontains(anyarray,anyarray)", "jsonb_contains(jsonb,jsonb)", "jsonb_object_field_text(jsonb,text)",
)  # fmt: skip


class OneTenant(RuntimeError):
    """A session that served one tenant was used for another: its identity map would leak. Close it first."""


def watch(session: Any) -> None:
    """Name the tenant in every transaction of the session."""
    event.listen(session, "after_begin", begun)
    event.listen(session, "after_soft_rollback", lambda session, _previous: session.info.pop("wall", None))


def wanted() -> tuple[str, str] | None:
    who = current()
    return (str(who.tenant_id), "head_office" if who.all_tenants else "none") if who.tenant_id else None


def begun(session: Session, transaction: Any, connection: Connection) -> None:
    if transaction.nested:
        return
    session.info["wall"] = wall = wanted()
    if wall:
        one_tenant(session, wall[0])
        begin = f"BEGIN; SET LOCAL app.tenant = '{int(wall[0])}'; SET LOCAL ROLE {wall[1]}; {PLANS}"
        # One trip; psycopg sees the open transaction and sends no second BEGIN.
        answer = connection.connection.driver_connection.pgconn.exec_(begin.encode())  # type: ignore[union-attr]
        if answer.status != ExecStatus.COMMAND_OK:
            raise RuntimeError(answer.error_message.decode())


def enter(session: Session) -> None:
    """Name the tenant again if the actor became known, or changed, after the transaction began."""
    connection, wall = session.connection(), wanted()
    if wall == session.info.get("wall"):
        return
    if wall:
        one_tenant(session, wall[0])
    session.info["wall"] = wall
    connection.exec_driver_sql(NAME, wall or ("", "none"))


def one_tenant(session: Session, tenant: str) -> None:
    if session.info.setdefault("tenant", tenant) != tenant:
        raise OneTenant


def leave(session: Any) -> None:
    """Forget the tenant this session served: roll back, empty the identity map, and be free for the next one."""
    session.rollback()
    session.expunge_all()
    session.info.clear() if not hasattr(session, "registry") else session().info.clear()


def build(connection: Connection, tables: dict[str, str], appended: set[str]) -> None:
    """Raise the wall, as the owner; it may be repeated. ``tables`` maps a table to its tenant column.

    Appended tables can be read and written, never changed or emptied.
    """
    for table, column in tables.items():
        quoted, mine = f'"{table}"', MINE.format(column=column)  # "order" is a reserved word
        rights = "SELECT, INSERT" if table in appended else "SELECT, INSERT, UPDATE, DELETE"
        for sql in (
            f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS tenant ON {quoted}",
            f"DROP POLICY IF EXISTS head_office ON {quoted}",
            f"CREATE POLICY tenant ON {quoted} USING ({mine}) WITH CHECK ({mine})",
            f"CREATE POLICY head_office ON {quoted} FOR SELECT TO head_office USING (true)",
            f"REVOKE ALL ON {quoted} FROM web",
            f"GRANT {rights} ON {quoted} TO web",
            f"GRANT SELECT ON {quoted} TO head_office",
        ):
            connection.exec_driver_sql(sql)
