"""The pages that are measured, and each peer's address of them."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from tests.bench.peers.data import SIGN, SOUGHT

# What each page is, for the reader of the table.
PAGES = {
    "list": "orders, the latest 25", "list100": "orders, the latest 100", "deep": "25 orders from the middle of all",
    "filter": "orders of one store in one state", "search2": "customers by two signs of the name", "search1": "customers by one sign",
    "sort": "orders by their customer", "record": "one order to read", "change": "one order to change", "add": "a new order",
    "json": "25 orders as JSON",
}  # fmt: skip


@dataclass(frozen=True)
class Marks:
    """Rows that the addresses name."""

    store: int
    order: int  # one that may still be changed
    after: int  # the last order of the page before the middle one
    offset: int


def marks(url: str, store: int) -> Marks:
    """Look up the rows. The middle is the middle, in whole pages."""
    with psycopg.connect(url) as boss:
        offset = boss.execute("SELECT count(*) / 50 * 25 FROM peer.orders").fetchone()[0]
        find = "SELECT id FROM peer.orders {} ORDER BY starts_at DESC, id DESC OFFSET {} LIMIT 1"
        after = boss.execute(find.format("", offset - 1)).fetchone()[0]
        order = boss.execute(find.format("WHERE state = 'placed'", 3)).fetchone()[0]
    return Marks(store + 6, order, after, offset)


def addresses(m: Marks) -> dict[str, dict[str, str]]:
    """Peer -> page -> path. The floor has no form."""
    admin, page = "/admin/shop", m.offset // 25
    return {
        "floor": {
            "list": "/list", "list100": "/list?size=100", "deep": f"/deep?offset={m.offset}",
            "filter": f"/filter?state=assigned&store={m.store}", "search2": f"/search?name=%25{SOUGHT}%25",
            "search1": f"/search?name=%25{SIGN}%25", "sort": "/sorted", "record": f"/one?id={m.order}", "change": f"/one?id={m.order}",
            "json": "/json",
        },
        "ours": {
            "list": "/order/list", "list100": "/order/list?size=100", "deep": f"/order/list?sort=-starts_at&after={m.after}",
            "filter": f"/order/list?state=assigned&store={m.store}", "search2": f"/customer/list?q={SOUGHT}",
            "search1": f"/customer/list?q={SIGN}", "sort": "/order/list?sort=customer", "record": f"/order/show/{m.order}",
            "change": f"/order/edit/{m.order}", "add": "/order/add", "json": "/api/v1/order/?size=25&sort=-id",
        },
        "django": {
            "list": f"{admin}/order/", "list100": f"{admin}/order100/", "deep": f"{admin}/order/?p={page + 1}",
            "filter": f"{admin}/order/?state__exact=assigned&store__id__exact={m.store}", "search2": f"{admin}/customer/?q={SOUGHT}",
            "search1": f"{admin}/customer/?q={SIGN}", "sort": f"{admin}/order/?o=2", "record": f"{admin}/order/{m.order}/change/",
            "change": f"{admin}/order/{m.order}/change/", "add": f"{admin}/order/add/", "json": "/api/orders/",
        },
        "fab": {
            "list": "/orderview/list/", "list100": "/orderview/list/?psize_OrderView=100",
            "deep": f"/orderview/list/?page_OrderView={page}&psize_OrderView=25",
            "filter": f"/orderview/list/?_flt_3_state=assigned&_flt_0_store={m.store}",
            "search2": f"/customerview/list/?_flt_2_name={SOUGHT}",
            "search1": f"/customerview/list/?_flt_2_name={SIGN}",
            "sort": "/sortedview/list/?_oc_SortedView=customer.name&_od_SortedView=asc", "record": f"/orderview/show/{m.order}",
            "change": f"/orderview/edit/{m.order}", "add": "/orderview/add", "json": "/api/v1/order/?q=(page_size:25)",
        },
    }  # fmt: skip
