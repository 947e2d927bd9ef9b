"""The second wall: PostgreSQL hides other tenants, whatever the code forgot. Every table is found in its catalogue."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import aliased, joinedload

from app.engine.current import acting
from app.engine.errors import Forbidden
from app.engine.present import present
from app.engine.record import records
from app.engine.wall import OneTenant, leave
from app.models.customer import Customer
from app.models.order import Order
from tests.acting import as_person, as_program

BJ, SH = 2, 3
RAW = text("SELECT count(*) FROM customer")


@pytest.fixture
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


@pytest.fixture
def boss(database):
    """The superuser: what is really there."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        yield connection


def walled(boss) -> list[str]:
    found = boss.execute(
        "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name) "
        "WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE' ORDER BY 1"
    )
    return [name for (name,) in found]


def raw(session):
    return session.connection().exec_driver_sql("SELECT count(*) FROM customer").scalar()


def test_every_table_with_a_tenant_is_behind_the_wall(session, boss):
    tables = walled(boss)
    assert set(tables) >= {r.__tablename__ for r in records()} | {"ab_user"}
    for table in tables:
        with acting(tenant_id=BJ, trusted="test"):
            seen = session.connection().exec_driver_sql(f'SELECT DISTINCT tenant_id FROM "{table}"').scalars().all()
            assert set(seen) <= {BJ}, table
        leave(session)
        assert session.connection().exec_driver_sql(f'SELECT count(*) FROM "{table}"').scalar() == 0, table
        leave(session)
    there = {t for t in tables if boss.execute(f'SELECT count(DISTINCT tenant_id) FROM "{t}"').fetchone()[0] > 1}
    assert there >= {"ab_user", "customer", "order", "staff", "grant", "receipt"}  # the test had something to find


def test_the_wall_is_in_the_catalogue(boss):
    rows = boss.execute(
        "SELECT c.relname, c.relrowsecurity, pg_get_userbyid(c.relowner), "
        "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid) FROM pg_class c "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    ).fetchall()
    tables = {name: (on, owner, policies) for name, on, owner, policies in rows}
    for table in [*walled(boss), "tenant"]:
        assert tables[table] == (True, "owner", 2), table


def test_the_application_owns_nothing_and_bypasses_nothing(boss):
    for role in ("web", "head_office"):
        row = boss.execute("SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
        assert row == (False, False, False, False), role
        owned = boss.execute("SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", (role,)).fetchone()
        assert owned == (0,), role


def test_every_key_contains_the_tenant(boss):
    rows = boss.execute(
        "SELECT conrelid::regclass::text, conname, contype, "
        "ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY(conkey)), "
        "CASE WHEN confrelid <> 0 THEN ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = confrelid AND attnum = ANY(confkey)) END "
        "FROM pg_constraint WHERE contype IN ('p', 'u', 'f', 'x') AND connamespace = 'public'::regnamespace"
    ).fetchall()
    names = {f'"{r.__tablename__}"' for r in records()} | {r.__tablename__ for r in records()}
    business = [row for row in rows if row[0] in names]
    assert {kind for _t, _n, kind, *_rest in business} >= {"p", "u", "f", "x"}
    for table, name, _kind, own, there in business:
        assert "tenant_id" in own, (table, name)
        assert there is None or "tenant_id" in there, (table, name)


def test_every_unique_index_contains_the_tenant(boss):
    rows = boss.execute(
        "SELECT i.indrelid::regclass::text, c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    names = {r.__tablename__ for r in records()}
    for table, index, sql in rows:
        if table.strip('"') in names:
            assert "tenant_id" in sql, index


def test_a_key_cannot_point_into_another_tenant(session, boss):
    (other,) = boss.execute("SELECT id FROM customer WHERE tenant_id = %s LIMIT 1", (SH,)).fetchone()
    with acting(tenant_id=BJ, trusted="test"), pytest.raises(DBAPIError, match="foreign key"):
        session.execute(text(f'UPDATE "order" SET customer_id = {other}'))


def test_the_tenant_leaves_with_the_transaction(session):
    for end in ("commit", "rollback"):
        with acting(tenant_id=BJ, trusted="test"):
            assert raw(session) > 0
            getattr(session, end)()
        for _ in range(3):
            assert raw(session) == 0
            leave(session)


def test_the_tenant_is_named_again_after_commit_and_savepoint_rollback(session):
    with acting(tenant_id=BJ, trusted="test"):
        there = raw(session)
        session.commit()
        assert raw(session) == there
        session.begin_nested().rollback()
        assert session.execute(RAW).scalar() == raw(session) == there


def test_an_actor_known_after_begin_is_named_late(session):
    assert raw(session) == 0
    with acting(tenant_id=BJ, trusted="test"):
        assert session.execute(RAW).scalar() > 0


def test_a_session_serves_one_tenant(session):
    with acting(tenant_id=BJ, trusted="test"):
        session.scalars(select(Customer).limit(1)).one()
    with acting(tenant_id=SH, trusted="test"), pytest.raises(OneTenant):
        session.scalars(select(Customer)).all()


def test_writing_for_another_tenant_is_refused_by_the_database(session):
    with acting(tenant_id=BJ, trusted="test"):
        with pytest.raises(DBAPIError):
            session.execute(text(f"UPDATE customer SET tenant_id = {SH}"))
        session.rollback()
        assert session.execute(text(f"UPDATE customer SET remark = 'x' WHERE tenant_id = {SH}")).rowcount == 0
        session.rollback()


def test_head_office_reads_all_when_it_asks_and_writes_nowhere(session, boss):
    tables = [r.__tablename__ for r in records()] + ["ab_user", "tenant"]
    with acting(tenant_id=1, trusted="test"):
        assert raw(session) == 0
        with acting(all_tenants=True):
            assert {c.tenant_id for c in session.scalars(select(Customer))} == {BJ, SH}
            for table in tables:
                for sql in (
                    f'UPDATE "{table}" SET id = id',
                    f'DELETE FROM "{table}"',
                    f'INSERT INTO "{table}" DEFAULT VALUES',
                ):
                    with pytest.raises(ProgrammingError, match="permission denied"):
                        session.execute(text(sql))
                    session.rollback()
            session.scalars(select(Customer).limit(1)).one().remark = "x"
            with pytest.raises(Forbidden):
                session.flush()
            session.rollback()
        assert session.execute(RAW).scalar() == 0


def test_ledgers_can_only_grow(session):
    appended = [r.__tablename__ for r in records() if r.__appended__]
    assert set(appended) >= {"audit_entry", "receipt"}
    with acting(tenant_id=BJ, trusted="test"):
        for table in appended:
            assert session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() >= 0
            for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET version = 1", f"TRUNCATE {table}"):
                with pytest.raises(ProgrammingError, match="permission denied"):
                    session.execute(text(sql))
                session.rollback()


def test_credentials_are_behind_the_wall_too(session, boss):
    (everybody,) = boss.execute("SELECT count(*) FROM ab_user").fetchone()
    count = "SELECT count(*) FROM ab_user"
    with acting(tenant_id=BJ, trusted="test"):
        mine = session.connection().exec_driver_sql(count).scalar()
        assert 0 < mine < everybody
        assert session.connection().exec_driver_sql(f"{count} WHERE username LIKE 'sh-%%'").scalar() == 0
        assert session.execute(text("UPDATE ab_user SET active = false WHERE username = 'sh-admin'")).rowcount == 0
        session.rollback()
    leave(session)
    assert session.connection().exec_driver_sql(count).scalar() == 0


def test_a_tenant_sees_its_own_row_only(session):
    with acting(tenant_id=BJ, trusted="test"):
        assert session.connection().exec_driver_sql("SELECT id FROM tenant").scalars().all() == [BJ]


def test_a_switched_role_cannot_escape(session):
    """The application may become head office, which reads; it may become nobody who writes across the wall."""
    for role in ("owner", "postgres", "app"):
        with acting(tenant_id=BJ, trusted="test"), pytest.raises(DBAPIError):
            session.execute(text(f"SET LOCAL ROLE {role}"))
        leave(session)


def test_bulk_statements_are_refused_unless_trusted(session):
    with as_person(session, "bj-admin"), pytest.raises(Forbidden):
        session.execute(update(Customer).values(remark="x"))


def test_scopes_hold_for_aliases_joins_counts_and_subqueries(session):
    with acting(tenant_id=BJ, actor_id=999_999, store_id=999_999, roles=frozenset({"agent"})):
        other = aliased(Order)
        assert session.scalars(select(other)).all() == []
        assert session.scalar(select(func.count()).select_from(other)) == 0
        assert session.execute(select(Customer.id, other.id).join(other, other.customer_id == Customer.id)).all() == []
        assert session.scalar(select(func.count(Order.id))) == 0
        assert session.scalar(select(select(Order.id).limit(1).scalar_subquery())) is None


def test_an_agent_sees_no_row_of_a_colleague_even_by_key(session):
    with as_program(session):
        owned = dict(session.execute(select(Customer.owner_id, func.min(Customer.id)).group_by(Customer.owner_id)).all())
    with as_person(session, "bj-agent") as me:
        foreign = next(pk for owner, pk in owned.items() if owner != me.id)
        session.expunge_all()
        assert session.get(Customer, foreign) is None


def test_an_alias_in_a_join_is_narrowed_for_each_actor_by_himself(session):
    """The statement is cached; the rows it is narrowed to are not."""
    other = aliased(Order)
    asked = select(other.owner_id).join_from(Customer, other, other.customer_id == Customer.id)
    for name in ("bj-agent", "bj-agent2", "bj-agent"):
        with as_person(session, name) as me:
            assert set(session.scalars(asked)) == {me.id}
            session.expunge_all()


def test_a_linked_row_that_the_actor_may_not_see_is_not_loaded_with_the_one_he_may(session):
    with as_person(session, "bj-agent2") as other:
        theirs = session.scalars(select(Customer).limit(1)).one().id
        assert other
    session.expunge_all()
    with as_person(session, "bj-agent") as me:
        mine = session.scalars(select(Order.id).limit(1)).one()
    with as_program(session):
        session.get(Order, mine).customer_id = theirs
        session.flush()
        session.expunge_all()
    with as_person(session, "bj-agent"):
        order = session.scalars(select(Order).where(Order.id == mine).options(joinedload(Order.customer))).one()
        assert order.owner_id == me.id
        assert order.customer is None
        assert present(order)["id"] == mine
        assert "customer" not in present(order)
    session.rollback()


def test_the_check_command_finds_the_wall_whole_and_every_hole(app, fresh_db):
    """``flask check`` says ok of a good database, and names the table, the key and the function that are not."""
    run = app.test_cli_runner()
    good = run.invoke(args=["check"])
    assert (good.output, good.exit_code) == ("ok\n", 0)
    with psycopg.connect(fresh_db.superuser_url, autocommit=True) as boss:
        boss.execute("ALTER TABLE worker DISABLE ROW LEVEL SECURITY")
        boss.execute("CREATE UNIQUE INDEX loose ON customer (name, id)")
        boss.execute("ALTER TABLE customer ADD CONSTRAINT loose UNIQUE USING INDEX loose")
        boss.execute("ALTER FUNCTION textlike(text, text) NOT LEAKPROOF")
    bad = run.invoke(args=["check"])
    assert bad.exit_code == 1
    assert bad.output.splitlines() == [
        "worker: no wall", "loose: a key without the tenant", "slow: textlike(text,text) is not LEAKPROOF: its searches read whole tables",
    ]  # fmt: skip
