"""Plain Flask-AppBuilder, as its manual shows it, but for the two things without which it cannot open at this size.

The relations of a million rows stand in no search form, and the forms ask for them by AJAX.
"""

from __future__ import annotations

import os
from datetime import datetime
from decimal import Decimal

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.api import ModelRestApi
from flask_appbuilder.fields import AJAXSelectField
from flask_appbuilder.fieldwidgets import Select2AJAXWidget
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import DateTime, ForeignKey, Numeric, String, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tests.bench.peers.wsgi import Site

PASSWORD = "peer-password-1"


class Named:
    """What is called by its name."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(160))

    def __repr__(self) -> str:
        return self.name


class Staff(Named, Model):
    __tablename__ = "staff"


class Store(Named, Model):
    __tablename__ = "store"


class Service(Named, Model):
    __tablename__ = "service"


class Customer(Named, Model):
    __tablename__ = "customer"
    phone: Mapped[str] = mapped_column(String(20))
    attention: Mapped[str] = mapped_column(String(40))
    level: Mapped[str] = mapped_column(String(40))
    district: Mapped[str] = mapped_column(String(160))
    source: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    owner: Mapped[Staff] = relationship()


class Order(Model):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    customer: Mapped[Customer] = relationship()
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    service: Mapped[Service] = relationship()
    store_id: Mapped[int] = mapped_column(ForeignKey("store.id"))
    store: Mapped[Store] = relationship()
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    owner: Mapped[Staff] = relationship()
    state: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    unit_price: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    city: Mapped[str] = mapped_column(String(160))
    district: Mapped[str] = mapped_column(String(160))
    address: Mapped[str] = mapped_column(String(160))
    source: Mapped[str] = mapped_column(String(40))

    def __repr__(self) -> str:
        return self.number


def asked_for() -> dict[str, AJAXSelectField]:
    """The customer of a form, searched while one types."""
    widget = Select2AJAXWidget(endpoint="/orderview/api/column/add/customer")
    return {"customer": AJAXSelectField("Customer", description="", datamodel=SQLAInterface(Order), col_name="customer", widget=widget)}


FORM = ["customer", "service", "store", "owner", "quantity", "unit_price", "starts_at", "ends_at", "city", "district", "address", "source"]


class OrderView(ModelView):
    datamodel = SQLAInterface(Order)
    list_columns = ["number", "customer", "service", "starts_at", "district", "amount", "state", "owner"]
    show_columns = ["number", *FORM, "state", "amount"]
    add_columns = edit_columns = FORM
    add_form_extra_fields = edit_form_extra_fields = asked_for()
    search_columns = ["number", "service", "store", "starts_at", "district", "state"]
    base_order = ("starts_at", "desc")
    page_size = 25


class SortedView(OrderView):
    """The same list with its relations as dotted columns, which is how the framework sorts by them."""

    list_columns = ["number", "customer.name", "service.name", "starts_at", "district", "amount", "state", "owner.name"]
    order_columns = ["number", "customer.name", "starts_at"]


class CustomerView(ModelView):
    datamodel = SQLAInterface(Customer)
    list_columns = ["name", "phone", "attention", "level", "district", "source", "owner"]
    search_columns = ["name", "phone", "attention", "level", "district", "source"]
    base_order = ("id", "desc")
    page_size = 25


class OrderApi(ModelRestApi):
    datamodel = SQLAInterface(Order)
    resource_name = "order"
    allow_browser_login = True
    list_columns = [
        "id", "number", "customer.id", "customer.name", "service.id", "service.name", "owner.id", "owner.name", "starts_at",
        "ends_at", "district", "address", "quantity", "unit_price", "amount", "state", "source",
    ]  # fmt: skip
    show_columns = add_columns = edit_columns = ["number"]
    base_order = ("id", "desc")
    page_size = 25


def open_site() -> Site:
    statements: list[str] = []
    event.listen(Engine, "before_cursor_execute", lambda _c, _cursor, sql, *_rest: statements.append(sql))
    app = Flask("plain")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=os.environ["PEER_URL"].replace("postgresql:", "postgresql+psycopg:"), SECRET_KEY="x" * 40,
        BABEL_DEFAULT_LOCALE="zh", LANGUAGES={"zh": {"flag": "cn", "name": "中文"}}, AUTH_RATE_LIMITED=False, RATELIMIT_ENABLED=False,
        FAB_API_SWAGGER_UI=False, FAB_UPDATE_PERMS=True,
    )  # fmt: skip
    CSRFProtect(app)
    base = SQLA(metadata=Model.metadata)
    base.init_app(app)
    with app.app_context():
        builder = AppBuilder(app, base.session)
        builder.add_view(OrderView, "Orders", category="Work")
        builder.add_view(SortedView, "Sorted", category="Work")
        builder.add_view(CustomerView, "Customers", category="Work")
        builder.add_api(OrderApi)
        if not builder.sm.find_user("admin"):
            builder.sm.add_user("admin", "Plain", "User", "admin@example.com", builder.sm.find_role("Admin"), PASSWORD)
        base.session.remove()
    return Site(app.wsgi_app, statements, ("/login/", {"username": "admin", "password": PASSWORD}))
