"""The rows of the schema ``peer``, which Django reads and does not make."""

from __future__ import annotations

from django.db.models import DO_NOTHING, CharField, DateTimeField, DecimalField, ForeignKey, Model

STATES = tuple((s, s) for s in ("placed", "assigned", "under_way", "done", "cancelled"))
LEVELS = tuple((s, s) for s in ("vip", "ordinary", "one_off", "past"))
ATTENTION = tuple((s, s) for s in "12345")


class Named(Model):
    name = CharField(max_length=160)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Staff(Named):
    class Meta:
        managed, db_table = False, "staff"


class Store(Named):
    code = CharField(max_length=40)

    class Meta:
        managed, db_table = False, "store"


class Service(Named):
    class Meta:
        managed, db_table = False, "service"


class Customer(Named):
    phone = CharField(max_length=20)
    attention = CharField(max_length=40, choices=ATTENTION)
    level = CharField(max_length=40, choices=LEVELS)
    district = CharField(max_length=160)
    source = CharField(max_length=40)
    owner = ForeignKey(Staff, DO_NOTHING)

    class Meta:
        managed, db_table = False, "customer"


class Order(Model):
    number = CharField(max_length=40, unique=True)
    customer = ForeignKey(Customer, DO_NOTHING)
    service = ForeignKey(Service, DO_NOTHING)
    store = ForeignKey(Store, DO_NOTHING)
    owner = ForeignKey(Staff, DO_NOTHING)
    state = CharField(max_length=40, choices=STATES)
    quantity = DecimalField(max_digits=12, decimal_places=3)
    unit_price = DecimalField(max_digits=14, decimal_places=2)
    amount = DecimalField(max_digits=14, decimal_places=2, editable=False)
    starts_at = DateTimeField()
    ends_at = DateTimeField()
    city = CharField(max_length=160)
    district = CharField(max_length=160)
    address = CharField(max_length=160)
    source = CharField(max_length=40)

    class Meta:
        managed, db_table = False, "orders"

    def __str__(self) -> str:
        return self.number


class Order100(Order):
    """The same orders, on a list of a hundred."""

    class Meta:
        proxy = True
