"""Commands for operators: migrate, load sample data, check declarations, work, tick, prove."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_appbuilder import Model
from sqlalchemy import Connection, create_engine, text  # noqa: TID251

from app.engine import wall
from app.engine.checks import problems
from app.engine.current import acting
from app.engine.record import records
from app.engine.walls import holes, slow
from app.extensions import db
from app.models import forgetting

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
FUNCTIONS = (
    # Which tenant a login name belongs to must be known before its row can be seen.
    (
        "CREATE OR REPLACE FUNCTION login_tenant(name text) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER "
        "SET search_path = public AS $$ SELECT tenant_id FROM ab_user WHERE username = name $$"
    ),
    # So must the tenant of a token.
    (
        "CREATE OR REPLACE FUNCTION token_tenant(token int) RETURNS int LANGUAGE sql STABLE SECURITY DEFINER "
        "SET search_path = public AS $$ SELECT tenant_id FROM api_token WHERE id = token $$"
    ),
    (
        "CREATE OR REPLACE FUNCTION due_tenants() RETURNS SETOF int LANGUAGE sql STABLE SECURITY DEFINER "
        "SET search_path = public AS $$ SELECT DISTINCT tenant_id FROM notice "
        "WHERE done_at IS NULL AND failed_at IS NULL AND due_at <= now() $$"
    ),
    (
        "CREATE OR REPLACE FUNCTION any_tenant() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER "
        "SET search_path = public AS $$ SELECT EXISTS (SELECT 1 FROM tenant) $$"
    ),
    # Work on all tenants goes through them one by one; it sees their numbers, and then each from inside.
    (
        "CREATE OR REPLACE FUNCTION every_tenant() RETURNS SETOF int LANGUAGE sql STABLE SECURITY DEFINER "
        "SET search_path = public AS $$ SELECT id FROM tenant ORDER BY id $$"
    ),
    *forgetting.FUNCTIONS,
)
OVER_THE_WALL = f"login_tenant(text), token_tenant(int), due_tenants(), any_tenant(), every_tenant(), {forgetting.NAMES}"


def migrate(owner_url: str) -> None:
    """Bring the schema to its newest state as the owner, then raise the wall."""
    from alembic import command  # noqa: PLC0415  # 15 MB that no other process needs
    from alembic.config import Config  # noqa: PLC0415

    engine = create_engine(owner_url)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        secure(connection)
    engine.dispose()


def secure(connection: Connection) -> None:
    """Row-level security, rights of the two roles, and the functions that look over the wall."""
    business = {r.__tablename__: "tenant_id" for r in records()} | {"ab_user": "tenant_id", "tenant": "id"}
    wall.build(connection, business, {r.__tablename__ for r in records() if r.__appended__})
    for table in Model.metadata.tables:
        if table not in business:  # the framework's own, which stay empty
            connection.exec_driver_sql(f'REVOKE ALL ON "{table}" FROM web')
            connection.exec_driver_sql(f'GRANT SELECT ON "{table}" TO web, head_office')
    connection.exec_driver_sql("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO web")
    for function in FUNCTIONS:
        connection.exec_driver_sql(function)
    connection.exec_driver_sql(f"REVOKE ALL ON FUNCTION {OVER_THE_WALL} FROM PUBLIC")
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {OVER_THE_WALL} TO web")


def any_tenant() -> bool:
    """Whether the database has been set up."""
    found = bool(db.session.scalar(text("SELECT any_tenant()")))
    db.session.rollback()
    return found


def load_sample(*, small: bool = False) -> bool:
    """Load the sample companies into a database without tenants. Returns whether it did."""
    from app.web.security import make_login  # noqa: PLC0415
    from app.workflows.sample import load  # noqa: PLC0415

    if any_tenant():
        return False

    def credential(staff: object, password: str) -> None:
        db.session.add(make_login(staff, password, sample=True))

    load(db.session, small=small, credential=credential)
    db.session.remove()
    analyse()
    return True


def analyse() -> None:
    """Let the planner know the rows that were just loaded; only the owner may."""
    if url := current_app.config.get("OWNER_DATABASE_URI"):
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
        engine.dispose()


@click.command("migrate")
def migrate_command() -> None:
    """Upgrade the schema (needs DATABASE_OWNER_URL)."""
    migrate(current_app.config["OWNER_DATABASE_URI"])


@click.command("sample")
@click.option("--small", is_flag=True, help="A few rows, for tests.")
@with_appcontext
def sample_command(*, small: bool) -> None:
    """Load sample data into a new database."""
    click.echo("sample data loaded" if load_sample(small=small) else "the database has data: nothing loaded")


@click.command("check")
@with_appcontext
def check_command() -> None:
    """Validate every declaration, and that the database is as walled as the program believes."""
    found = problems()
    with acting():
        connection = db.session.connection()
        found += holes(connection)
        for line in found + [f"slow: {line}" for line in slow(connection)]:
            click.echo(line)
        db.session.rollback()
    if found:
        raise SystemExit(1)
    click.echo("ok")


@click.command("work")
@with_appcontext
def work_command() -> None:
    """Deliver what the queue holds."""
    from app.jobs.queue import work  # noqa: PLC0415

    work()


@click.command("tick")
@with_appcontext
def tick_command() -> None:
    """Sweep what is due, once a period."""
    from app.jobs.tick import run  # noqa: PLC0415

    run()


@click.command("calls")
@with_appcontext
def calls_command() -> None:
    """Listen to the telephone exchange of PBX_URL, and do what agents ask of it."""
    from app.jobs.exchange import run  # noqa: PLC0415

    try:
        run(current_app.config["PBX_URL"])
    except ValueError as problem:
        raise click.ClickException(str(problem)) from None


@click.command("ring")
@click.argument("extension")
@click.argument("number")
@click.option("--tenant", default=2, show_default=True, help="The number of the company.")
@with_appcontext
def ring_command(extension: str, number: str, tenant: int) -> None:
    """Rehearse a ring at an extension: the agent's browser shows the card."""
    from app.jobs.exchange import ring  # noqa: PLC0415

    try:
        click.echo(ring(tenant, extension, number))
    except LookupError:
        raise click.ClickException(f"no line of company {tenant} has an extension {extension}") from None


@click.command("allow-anywhere")
@click.argument("tenant", type=int)
@with_appcontext
def allow_anywhere_command(tenant: int) -> None:
    """Forget the list of addresses that a company (by its number) lets in, for those who locked themselves out."""
    from app.web.safeguards import allow_anywhere  # noqa: PLC0415

    try:
        click.echo(f"{allow_anywhere(tenant)}: from anywhere")
    except LookupError:
        raise click.ClickException(f"there is no company {tenant}") from None


@click.command("trail")
@click.option("--accept", is_flag=True, help="Take a chain that ends earlier than it did, after a backup was restored.")
@with_appcontext
def trail_command(*, accept: bool) -> None:
    """Check every tenant's trail against its chain of seals."""
    from app.jobs.sealing import check_all  # noqa: PLC0415

    whole = True
    for line, fits in check_all(accept=accept):
        click.echo(line)
        whole = whole and fits
    if not whole:
        raise SystemExit(1)


@click.command("rotate-keys")
@click.option("--batch", default=500, show_default=True, help="Rows of one transaction.")
@with_appcontext
def rotate_command(*, batch: int) -> None:
    """Seal everything with the last key of FIELD_KEY. Killed, it goes on where it was; then drop the older keys."""
    from app.jobs.rotate import rotate  # noqa: PLC0415

    click.echo(f"{rotate(click.echo, batch)} rows sealed anew; the last key of FIELD_KEY opens everything")


@click.command("prove")
@click.option("--scratch", is_flag=True, help="This database may be thrown away: canaries are planted in it.")
@click.option("--keep", type=click.Path(path_type=Path), help="Where the report is kept, for /prove/ to show.")
@click.option("--second", envvar="SECOND_DATABASE_URL", help="A copy of this database: then two processes share the work.")
@click.option("--queue", envvar="SECOND_REDIS_URL", default="", help="The Valkey database beside the copy.")
@with_appcontext
def prove_command(*, scratch: bool, keep: Path | None, second: str | None, queue: str) -> None:
    """Prove the rights of every role on every channel, on a database of sample data that is thrown away afterwards."""
    from app.prove.run import NotScratch, proved  # noqa: PLC0415

    if not scratch:
        raise click.UsageError("canaries would be planted here. `make prove` takes a fresh database; else say --scratch")
    try:
        beside = {"DATABASE_URL": second, "REDIS_URL": queue} if second else None
        green = proved(current_app._get_current_object(), click.echo, keep, beside)  # type: ignore[attr-defined]  # noqa: SLF001
    except NotScratch as wrong:
        raise click.UsageError(f"this database is not to be thrown away: {wrong}") from None
    if not green:
        raise SystemExit(1)


commands = (
    migrate_command, sample_command, check_command, work_command, tick_command, allow_anywhere_command, trail_command, rotate_command,
    prove_command, calls_command, ring_command,
)  # fmt: skip
