"""What only a superuser can do to a new database: roles, extensions, and marks that keep indexes in use."""

from __future__ import annotations

import importlib
from typing import cast

import psycopg
from psycopg import sql

from ops.services import Services

EXTENSIONS = ("btree_gist", "pg_trgm")


def prepare(services: Services, database: str = "jiahe") -> bool:
    """Make the roles and the database, if they are not there. Returns whether the database is new.

    ``owner`` owns the schema and migrates; ``web`` serves, owns nothing and bypasses nothing; ``head_office`` reads
    every tenant, and only after ``web`` has asked for it by SET ROLE.
    """
    with psycopg.connect(services.superuser_url(), autocommit=True) as boss:
        give_roles(boss, services.secrets)
        new = make_database(boss, database)
    with psycopg.connect(services.superuser_url(database), autocommit=True) as boss:
        for name in EXTENSIONS:
            boss.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))
        mark_leakproof(boss)
    return new


def give_roles(boss: psycopg.Connection, secrets: dict[str, str]) -> None:
    for role, login in (("owner", True), ("web", True), ("head_office", False)):
        name = sql.Identifier(role)
        if not boss.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            boss.execute(sql.SQL("CREATE ROLE {} NOINHERIT NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(name))
        if login:
            password = sql.Literal(secrets[f"{role.upper()}_PASSWORD"])
            boss.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, password))
    boss.execute("GRANT head_office TO web WITH INHERIT FALSE, SET TRUE")


def make_database(boss: psycopg.Connection, database: str, template: str = "template1") -> bool:
    """Make a database owned by ``owner``, which nobody else but ``web`` may enter. Returns False if it is there."""
    if boss.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        return False
    name = sql.Identifier(database)
    boss.execute(sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE {}").format(name, sql.Identifier(template)))
    boss.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    boss.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO web").format(name))
    return True


def drop_database(boss: psycopg.Connection, database: str) -> None:
    boss.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def mark_leakproof(boss: psycopg.Connection) -> None:
    """Mark the reviewed functions, so that their indexes serve under row-level security."""
    for signature in reviewed():
        boss.execute(sql.SQL("ALTER FUNCTION {} LEAKPROOF").format(sql.SQL(signature)))


def reviewed() -> tuple[str, ...]:
    return cast("tuple[str, ...]", getattr(importlib.import_module("app.engine.wall"), "LEAKPROOF", ()))
