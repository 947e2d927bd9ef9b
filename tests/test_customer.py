"""Customers: found by name, pinyin or phone; a phone met twice is said, with the owner's name."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from app.engine.errors import Forbidden
from app.engine.policy import Level, level, may
from app.engine.query import search
from app.engine.wall import leave
from app.models.customer import Customer, same_phone
from tests.acting import as_person, as_program


@pytest.fixture
def session(app):
    from app.extensions import db

    with app.app_context():
        yield db.session
        leave(db.session)


def test_a_name_is_spelled_in_pinyin(session):
    with as_person(session, "bj-agent"):
        made = Customer(name="欧阳明月", phone="14255550001")
        session.add(made)
        session.flush()
        assert (made.pinyin, made.initials) == ("ouyangmingyue", "oymy")
        assert session.scalars(select(Customer).where(search(Customer, "OYMY"))).all() == [made]


def test_the_pinyin_follows_the_name_and_can_be_put_right(session):
    with as_person(session, "bj-agent"):
        made = Customer(name="张三")
        session.add(made)
        session.flush()
        made.name = "单田芳"
        session.flush()
        made.pinyin = "shantianfang"
        session.flush()
        assert made.pinyin == "shantianfang"


def test_the_same_phone_is_found_whoever_owns_the_customer(session):
    with as_person(session, "bj-agent2") as other:
        session.add(Customer(name="高文静", phone="142 5555 0002"))
        session.flush()
    with as_person(session, "bj-agent"):
        found = same_phone(session, "+86 14255550002")
        assert [(c.name, c.owner.name) for c in found] == [("高文静", other.name)]
        assert session.scalars(select(Customer).where(search(Customer, "14255550002"))).all() == []


def test_a_household_may_share_a_phone(session):
    with as_program(session):
        first = select(Customer.id).order_by(Customer.id).limit(40).scalar_subquery()  # the sample's; other tests add some
        twice = select(Customer.phone_hash).where(Customer.id.in_(first)).group_by(Customer.phone_hash).having(func.count() > 1)
        assert len(session.scalars(twice).all()) == 1


def test_an_agent_sees_the_customers_of_their_own_only(session):
    with as_person(session, "bj-agent") as me:
        owners = set(session.scalars(select(Customer.owner_id)))
        assert owners == {me.id}


def test_another_franchise_sees_none_of_them(session):
    with as_person(session, "bj-admin"):
        ids = list(session.scalars(select(Customer.id)))
    leave(session)
    with as_person(session, "sh-admin"):
        assert session.scalars(select(Customer).where(Customer.id.in_(ids))).all() == []


def test_a_dispatcher_sees_phones_masked_and_adds_no_customer(session):
    with as_person(session, "bj-dispatch"):
        one = session.scalars(select(Customer).limit(1)).one()
        assert level(one, "phone") == Level.MASKED
        assert not may(Customer, "can:add")
        session.add(Customer(name="不行"))
        with pytest.raises(Forbidden):
            session.flush()
