"""Whether the database is as walled as the program believes: read from its own catalogue, as the application's role."""

from __future__ import annotations

from typing import Any

from app.engine.wall import LEAKPROOF

ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
OPEN = """
SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) OR c.relowner = current_user::regrole)
ORDER BY 1"""
ACROSS = """
SELECT k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('f', 'u', 'p')
  AND EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
  AND c.relname <> 'ab_user'
  AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnum = ANY(k.conkey))
ORDER BY 1"""
TELLING = "SELECT proleakproof FROM pg_proc WHERE oid = to_regprocedure(%s)"


def holes(connection: Any) -> list[str]:
    """What would let a tenant see another one, a line each."""
    sql = connection.exec_driver_sql
    found = ["the application's role may bypass row-level security"] if sql(ROLE).scalar() else []
    found += [f"{table}: no wall" for (table,) in sql(OPEN)]
    return found + [f"{key}: a key without the tenant" for (key,) in sql(ACROSS)]


def slow(connection: Any) -> list[str]:
    """Functions that keep row-level security from using an index until a superuser marks them, a line each."""
    sql = connection.exec_driver_sql
    return [f"{name} is not LEAKPROOF: its searches read whole tables" for name in LEAKPROOF if not sql(TELLING, (name,)).scalar()]
